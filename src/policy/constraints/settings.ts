import { z } from 'zod';
import { isNetwork } from '../address.ts';
import { NAMESPACES } from './namespaces.ts';
import { FEATURES } from './features.ts';
import { isCapability } from './capabilities.ts';
import { readPortRange } from './port-range.ts';
import { parseSize } from './sizes.ts';

/**
 * What a role may ask for in what it creates or changes, as it stands in a policy. What is not
 * there has its default, which is none wherever the power is more than that of a plain container.
 */
const words = z.array(z.string().min(1));
const absolute = z
  .string()
  .regex(/^\/[^\\\0]*$/, 'a path that starts with "/" is expected')
  .refine((path) => !/\/\.{0,2}(?:\/|$)/.test(path) || path === '/', {
    message: 'a path without "//", "." and "..", and without "/" at its end is expected',
  });
const hostPath = z.preprocess(
  (value) => (typeof value === 'string' ? { path: value } : value),
  z.strictObject({ path: absolute, 'read-only': z.boolean().default(false) }),
);
const capability = z.string().refine(isCapability, {
  message: 'no such capability; write NET_ADMIN, or ALL',
});
const size = z
  .union([z.number().int().positive(), z.string()])
  .refine((value) => parseSize(value) !== undefined, {
    message: 'a size is a number with k, m, g or t behind it: 512m',
  });
const port = z.string().refine((text) => readPortRange(text) !== undefined, {
  message: 'expected PORT, FIRST-LAST, ADDRESS:PORT, ADDRESS:FIRST-LAST or "*"',
});

export const containerSelectorSchema = z
  .strictObject({
    names: words.min(1).optional(),
    labels: z.record(z.string().min(1), z.string()).optional(),
    images: words.min(1).optional(),
  })
  .refine((selector) => Object.keys(selector).length > 0, {
    message: 'names, labels or images are expected',
  })
  .refine(({ labels }) => labels === undefined || Object.keys(labels).length > 0, {
    message: 'at least one label is expected',
    path: ['labels'],
  });

export const constraintsSchema = z.strictObject({
  privileged: z.boolean().optional(),
  capabilities: z.array(capability).optional(),
  'required-drops': z.array(capability).optional(),
  'host-paths': z.array(hostPath).optional(),
  volumes: words.optional(),
  'volume-drivers': words.optional(),
  'volume-options': words.optional(),
  devices: z.array(absolute).optional(),
  'device-drivers': words.optional(),
  'device-cgroup-rules': words.optional(),
  namespaces: z.array(z.enum(NAMESPACES)).optional(),
  joins: containerSelectorSchema.optional(),
  'security-options': words.optional(),
  'required-security-options': words.optional(),
  sysctls: words.optional(),
  'cgroup-parents': words.optional(),
  runtimes: words.optional(),
  annotations: words.optional(),
  networks: words.optional(),
  'network-drivers': words.optional(),
  'network-options': words.optional(),
  ports: z.array(port).optional(),
  'log-drivers': words.optional(),
  'log-options': words.optional(),
  resources: z
    .strictObject({
      memory: size.optional(),
      cpus: z.number().positive().optional(),
      pids: z.number().int().positive().optional(),
    })
    .optional(),
  ulimits: words.optional(),
  users: words.optional(),
  groups: words.optional(),
  images: words.optional(),
  registries: words.optional(),
  'import-sources': words.optional(),
  'build-contexts': words.optional(),
  labels: words.optional(),
  stdin: z.boolean().optional(),
  secrets: words.optional(),
  'ps-args': z.array(z.string()).optional(),
  'min-api-version': z
    .string()
    .regex(/^1\.[0-9]{1,2}$/, 'expected a version as "1.44", in quotes')
    .optional(),
  features: z.array(z.enum(FEATURES)).optional(),
});

export type ConstraintSettings = z.output<typeof constraintsSchema>;

/** True for a network or address that a user entry may come from. */
export const networkSchema = z.string().refine(isNetwork, {
  message: 'expected an IP address or network, as 10.0.0.0/8',
});
