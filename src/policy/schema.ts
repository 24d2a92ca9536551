import { z } from 'zod';
import {
  constraintsSchema,
  containerSelectorSchema,
  networkSchema,
} from './constraints/settings.ts';

/** The policy file: docs/policy.md explains each name. */

const words = z.array(z.string().min(1)).min(1, 'at least one is expected');

export const ruleSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { actions: [value] } : value),
  z.strictObject({
    actions: words,
    containers: containerSelectorSchema.optional(),
    images: words.optional(),
    networks: words.optional(),
    volumes: words.optional(),
  }),
);

const limit = z.number().int().positive();
const limits = z.strictObject({
  'calls-per-second': z.number().positive().optional(),
  'concurrent-calls': limit.optional(),
  streams: limit.optional(),
  builds: limit.optional(),
});

const role = z
  .strictObject({
    description: z.string().optional(),
    inherits: words.optional(),
    mode: z.enum(['enforce', 'warn']).default('enforce'),
    allow: z.array(ruleSchema).default([]),
    deny: z.array(ruleSchema).default([]),
    unconstrained: z.literal(true, 'true is expected, or no such line').optional(),
    constraints: constraintsSchema.optional(),
    limits: limits.optional(),
    'shared-limits': limits.optional(),
  })
  .refine((value) => value.unconstrained === undefined || value.constraints === undefined, {
    message: 'a role has constraints or is unconstrained, not both',
    path: ['unconstrained'],
  });

const sha256 = (what: string) =>
  z
    .string('64 hex digits are expected, in quotes')
    .transform((text) => text.replaceAll(':', '').toLowerCase())
    .refine((text) => /^[0-9a-f]{64}$/.test(text), { message: `${what} has 64 hex digits` });

const until = z.string().transform((text, context) => {
  const end = readUntil(text);
  if (end === undefined) context.addIssue('expected a date as 2026-12-31, or a time with zone');
  return end ?? 0;
});

/** The end of that day, UTC, or that moment; ms since the epoch. */
function readUntil(text: string): number | undefined {
  const isDay = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text);
  const isTime =
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})$/.test(
      text,
    );
  const time = isDay || isTime ? Date.parse(isDay ? `${text}T00:00:00Z` : text) : NaN;
  if (Number.isNaN(time)) return undefined;
  // Date.parse takes 30 February for 2 March.
  if (!new Date(time).toISOString().startsWith(text.slice(0, 10)) && isDay) return undefined;
  return isDay ? time + DAY_MS : time;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const entrySchema = z
  .strictObject({
    user: z.string().min(1).optional(),
    fingerprint: sha256('a SHA-256 fingerprint').optional(),
    'certificate-role': z.string().min(1).optional(),
    ca: z.string().min(1).optional(),
    from: z.array(networkSchema).min(1).optional(),
    until: until.optional(),
    roles: words,
    limits: limits.optional(),
  })
  .refine(
    (value) =>
      value.user !== undefined ||
      value.fingerprint !== undefined ||
      value['certificate-role'] !== undefined,
    { message: 'user, fingerprint or certificate-role is expected: an entry for nobody' },
  );

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

export const policySchema = z.strictObject({
  cas: z.record(name, sha256('the SHA-256 of a public key')).default({}),
  users: z.array(entrySchema),
  roles: z.record(name, role).default({}),
});

export type RoleSettings = z.output<typeof role>;
export type RuleSettings = z.output<typeof ruleSchema>;
export type EntrySettings = z.output<typeof entrySchema>;
export type LimitSettings = z.output<typeof limits>;
