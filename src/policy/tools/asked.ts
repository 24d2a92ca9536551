import path from 'node:path';
import type { Action } from '../../docker-api/effects.ts';
import { isCapability, normalCapability } from '../constraints/capabilities.ts';
import type { Feature } from '../constraints/features.ts';
import { EPHEMERAL } from '../constraints/port-range.ts';
import { normalSecurityOption } from '../constraints/security.ts';
import type { ConstraintSettings } from '../constraints/settings.ts';
import { Collected } from './collected.ts';

/** What a trail tells of what a call asked for: `detail` and `query` of its line. */
export interface Asked {
  readonly detail: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Whether a read-only mount is one all the way down: from API 1.44. */
  readonly readsOnly: boolean;
  /** The network of a connect, by its own name. */
  readonly network?: string | undefined;
}

/** The constraints within which calls stayed, and in words what of them is not known. */
export interface Within {
  readonly constraints: Partial<Record<keyof ConstraintSettings, unknown>>;
  readonly doubts: readonly string[];
}

/** @param calls all of one action. */
export function constraintsAsked(action: Action, calls: readonly Asked[]): Within {
  const found = new Collected();
  for (const call of calls) READ[action]?.(call, found);
  return found.finish();
}

type Read = (call: Asked, found: Collected) => void;

const READ: Partial<Record<Action, Read>> = {
  'container.create': workload,
  'service.create': workload,
  'service.update': (call, found) => {
    workload(call, found);
    if ('rollback' in call.query) found.feature('rollback');
  },
  'exec.create': ({ detail }, found) => {
    if (detail['privileged'] === true) found.set('privileged', true);
  },
  'image.build': ({ detail }, found) => {
    namespaces(detail, found);
    found.each(detail['remote'], 'build-contexts');
    if (textsOf(detail['outputs']).some((type) => type !== 'moby')) found.feature('build-outputs');
  },
  'volume.create': volume,
  'network.create': ({ detail }, found) => {
    found.each(detail['name'], 'networks');
    found.each(besides(detail['driver'], 'bridge'), 'network-drivers');
  },
  'network.connect': ({ network }, found) => {
    found.name(besides(network, ...PLAIN_NETWORKS), 'networks');
  },
  'container.top': ({ query }, found) => {
    found.each(query['ps_args'], 'ps-args');
  },
};

function workload(call: Asked, found: Collected): void {
  const { detail } = call;
  if (detail['privileged'] === true) found.set('privileged', true);
  found.name(detail['image'], 'images');
  for (const text of textsOf(detail['cap_add']).filter(isCapability)) {
    found.each(normalCapability(text), 'capabilities');
  }
  for (const bind of textsOf(detail['binds'])) mountOf(bind, call, found);
  for (const mount of mountsOf(detail['mounts'])) {
    const { type, source, read_only: isReadOnly } = mount;
    if (type === 'bind') found.hostPath(plainPath(source), isReadOnly === true && call.readsOnly);
    if (type === 'volume') found.each(source, 'volumes');
  }
  for (const device of textsOf(detail['devices'])) found.each(device.split(':')[0], 'devices');
  for (const driver of textsOf(detail['device_requests'])) {
    found.each(driver === 'any' ? '*' : driver, 'device-drivers');
  }
  for (const option of textsOf(detail['security_opt'])) {
    found.each(normalSecurityOption(option), 'security-options');
  }
  for (const port of textsOf(detail['published'])) found.each(portOf(port), 'ports');
  for (const name of textsOf(detail['volumes_from'])) found.join(name.split(':')[0]);
  for (const name of textsOf(detail['links'])) found.join(name.split(':')[0]);
  namespaces(detail, found);
  settings(detail, found);
}

/** What is a word of a policy as it stands in a trail. */
function settings(detail: Asked['detail'], found: Collected): void {
  found.each(detail['runtime'], 'runtimes');
  found.each(detail['cgroup_parent'], 'cgroup-parents');
  found.each(besides(detail['log_driver'], 'json-file', 'local'), 'log-drivers');
  for (const [told, list] of LISTS)
    for (const text of textsOf(detail[told])) found.each(text, list);
  for (const option of textsOf(detail['log_options'])) found.each(`${option}=*`, 'log-options');
  for (const name of textsOf(detail['networks'])) {
    found.name(besides(name, ...PLAIN_NETWORKS), 'networks');
  }
  for (const [told, feature] of FEATURES) if (detail[told] !== undefined) found.feature(feature);
  if (textsOf(detail['extra_hosts']).some((text) => /host-gateway/i.test(text))) {
    found.feature('host-gateway');
  }
}

const LISTS = [
  ['group_add', 'groups'],
  ['sysctls', 'sysctls'],
  ['ulimits', 'ulimits'],
  ['annotations', 'annotations'],
  ['secrets', 'secrets'],
  ['configs', 'secrets'],
] as const;

const FEATURES: readonly (readonly [told: string, feature: Feature])[] = [
  ['auto_remove', 'auto-remove'],
  ['restart', 'restart'],
  ['publish_all', 'publish-all'],
  ['aliases', 'aliases'],
  ['dns', 'dns'],
  ['extra_hosts', 'extra-hosts'],
  ['storage_options', 'storage-options'],
];

const PLAIN_NETWORKS = ['', 'default', 'bridge', 'none'] as const;

function namespaces(detail: Asked['detail'], found: Collected): void {
  for (const [told, name] of NAMESPACES) {
    const mode = detail[told];
    if (typeof mode !== 'string') continue;
    if (mode.startsWith('container:')) found.join(mode.slice('container:'.length));
    else if (mode === 'host' || mode === 'shareable') found.each(`${name}=${mode}`, 'namespaces');
    else if (name === 'network') found.name(besides(mode, ...PLAIN_NETWORKS), 'networks');
  }
}

const NAMESPACES = [
  ['network_mode', 'network'],
  ['pid_mode', 'pid'],
  ['ipc_mode', 'ipc'],
  ['uts_mode', 'uts'],
  ['userns_mode', 'user'],
  ['cgroupns_mode', 'cgroup'],
] as const;

function mountOf(bind: string, { readsOnly }: Asked, found: Collected): void {
  const [source = '', target, mode = ''] = bind.split(':');
  if (target === undefined) return;
  const words = mode.split(',');
  if (source.startsWith('/')) found.hostPath(plainPath(source), words.includes('ro') && readsOnly);
  else found.each(source, 'volumes');
  if (words.some((word) => /^r?(?:shared|slave)$/.test(word))) found.feature('propagation');
  if (words.some((word) => /^z$/i.test(word))) found.feature('relabel');
}

/** Of options only the names are told; a device of the host may be a plain bind, and is judged so. */
function volume({ detail }: Asked, found: Collected): void {
  found.each(detail['name'], 'volumes');
  found.each(besides(detail['driver'], 'local'), 'volume-drivers');
  const { device } = detail;
  for (const option of textsOf(detail['driver_opts'])) {
    if (option === 'size') continue;
    const value = option === 'device' && typeof device === 'string' ? device : '*';
    found.each(`${option}=${value}`, 'volume-options');
  }
  if (typeof device === 'string' && device.startsWith('/'))
    found.hostPath(plainPath(device), false);
}

function plainPath(source: unknown): unknown {
  if (typeof source !== 'string') return source;
  return path.posix.normalize(source).replace(/(.)\/$/, '$1');
}

/** `127.0.0.1:8080->80/tcp`; a port that the daemon picks is any of those that it picks from. */
function portOf(text: string): string | undefined {
  const match = /^((?:\[[^\]]+\]|[0-9.]+):)?([0-9]+(?:-[0-9]+)?)?->/.exec(text);
  if (match === null) return undefined;
  const [, address = '', port = '0'] = match;
  return `${address}${Number(port) === 0 ? `${EPHEMERAL.first}-${EPHEMERAL.last}` : port}`;
}

function besides(value: unknown, ...plain: readonly string[]): unknown {
  return typeof value === 'string' && plain.includes(value) ? undefined : value;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

type Mount = Readonly<Record<string, unknown>>;

function mountsOf(value: unknown): readonly Mount[] {
  return Array.isArray(value)
    ? value.filter((one): one is Mount => typeof one === 'object' && one !== null)
    : [];
}
