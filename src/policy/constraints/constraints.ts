import type { ApiVersion } from '../../docker-api/version.ts';
import { compileGlob, matchesAny, type Glob } from '../glob.ts';
import { compileImagePattern, registryHost, type ImagePattern } from '../image-pattern.ts';
import { compileContainerSelector } from '../compile-selectors.ts';
import type { ContainerSelector } from '../selectors.ts';
import { normalCapability } from './capabilities.ts';
import type { Feature } from './features.ts';
import type { Namespace } from './namespaces.ts';
import { readPortRange, type PortRange } from './port-range.ts';
import type { ConstraintSettings } from './settings.ts';
import { parseSize } from './sizes.ts';

/** What counts where a policy says nothing: a plain container, and no more. */
const DEFAULTS = {
  volumes: ['*'],
  'volume-drivers': ['local'],
  'volume-options': [],
  'device-drivers': [],
  'device-cgroup-rules': [],
  'security-options': [],
  sysctls: [],
  'cgroup-parents': [],
  runtimes: ['runc', 'io.containerd.runc.v2'],
  annotations: [],
  networks: [],
  'network-drivers': ['bridge'],
  'network-options': [],
  'log-drivers': ['json-file', 'local'],
  'log-options': [],
  ulimits: ['core', 'fsize', 'nofile', 'nproc', 'stack'],
  'import-sources': [],
  'build-contexts': [],
  labels: ['*'],
  secrets: [],
  'ps-args': ['-ef', 'aux', 'ax'],
} as const satisfies Partial<Record<keyof ConstraintSettings, readonly string[]>>;

/** A setting that lists patterns of what is allowed. */
export type ListName = keyof typeof DEFAULTS;

export interface HostPath {
  readonly path: string;
  readonly readOnly: boolean;
}

/** The constraints of a role, ready to be asked. */
export interface Constraints {
  readonly settings: ConstraintSettings;
  readonly privileged: boolean;
  readonly capabilities: ReadonlySet<string>;
  readonly requiredDrops: ReadonlySet<string>;
  readonly hostPaths: readonly HostPath[];
  readonly devices: readonly string[];
  readonly joins: ContainerSelector | undefined;
  readonly requiredSecurityOptions: readonly string[];
  readonly ports: readonly PortRange[];
  /** Bytes, CPUs and processes that a container may have, and has to be held to. */
  readonly memory: number | undefined;
  readonly cpus: number | undefined;
  readonly pids: number | undefined;
  /** Undefined: whoever, whichever. */
  readonly users: readonly string[] | undefined;
  readonly groups: readonly string[];
  readonly images: readonly ImagePattern[] | undefined;
  readonly registries: readonly Glob[] | undefined;
  readonly minimumVersion: ApiVersion | undefined;
  permits(list: ListName, text: string): boolean;
  hasFeature(feature: Feature): boolean;
  hasNamespace(namespace: Namespace): boolean;
}

export function compileConstraints(settings: ConstraintSettings): Constraints {
  const listOf = memoized((name: ListName) => globs(settings[name] ?? DEFAULTS[name]));
  const { joins, resources = {}, images, registries } = settings;
  const minimum = settings['min-api-version'];
  return {
    settings,
    privileged: settings.privileged === true,
    capabilities: new Set((settings.capabilities ?? []).map(normalCapability)),
    requiredDrops: new Set((settings['required-drops'] ?? []).map(normalCapability)),
    hostPaths: (settings['host-paths'] ?? []).map((entry) => ({
      path: entry.path,
      readOnly: entry['read-only'],
    })),
    devices: settings.devices ?? [],
    joins: joins && compileContainerSelector(joins),
    requiredSecurityOptions: settings['required-security-options'] ?? [],
    ports: (settings.ports ?? []).map(readPortRange).filter((range) => range !== undefined),
    memory: resources.memory === undefined ? undefined : parseSize(resources.memory),
    cpus: resources.cpus,
    pids: resources.pids,
    users: settings.users,
    groups: settings.groups ?? [],
    images: images?.map(compileImagePattern),
    registries: registries && globs(registries.map(registryHost)),
    minimumVersion:
      minimum === undefined ? undefined : { major: 1, minor: Number(minimum.slice(2)) },
    permits: (list, text) => matchesAny(listOf(list), text),
    hasFeature: (feature) => settings.features?.includes(feature) === true,
    hasNamespace: (namespace) => settings.namespaces?.includes(namespace) === true,
  };
}

function memoized<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

function globs(sources: readonly string[]): readonly Glob[] {
  return sources.map((source) => compileGlob(source));
}
