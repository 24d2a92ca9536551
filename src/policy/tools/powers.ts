import { EFFECTS, PROMISES, type Action } from '../../docker-api/effects.ts';
import { normalCapability, ROOT_CAPABILITIES } from '../constraints/capabilities.ts';
import type { ConstraintSettings } from '../constraints/settings.ts';
import type { Role } from '../roles.ts';
import type { Grant } from '../rules.ts';
import { actionsOf } from '../actions.ts';
import type { Finding } from './review.ts';

/** Grants of a role that amount to root on the host, or of which nobody can say how much they are. */
export function* powersOf(role: Role): Generator<Finding> {
  if (role.mayAnything) {
    yield { kind: 'root', role: role.name, message: 'it may do everything, as without a gate' };
    return;
  }
  const said = new Set<string>();
  for (const grant of role.grants) {
    for (const { kind, message } of powersOfGrant(grant, role)) {
      if (said.has(message)) continue;
      said.add(message);
      yield { kind, role: role.name, rule: grant.label, message };
    }
  }
}

type Power = Pick<Finding, 'kind' | 'message'>;

function* powersOfGrant(grant: Grant, role: Role): Generator<Power> {
  const actions = grant.actions.filter(
    (action) => !role.deny.get(action).some((rule) => rule.selectors === undefined),
  );
  const { constraints } = grant;
  if (constraints === undefined) {
    yield* unconstrained(actions);
    return;
  }
  const host = hopeless(grant);
  if (host.length > 0) {
    const message = `${listed(host)}: never allowed, since no constraint can hold it and the role is not unconstrained`;
    yield { kind: 'unreachable', message };
  }
  yield* coarse(actions);
  if (grant.selectors === undefined) yield* anyContainer(actions);
  const creating = actions.filter((action) => CREATING.has(action));
  if (creating.length === 0) return;
  for (const what of openings(constraints.settings)) {
    yield { kind: 'root', message: `${listed(creating)} with ${what}` };
  }
}

/** What words ask for that name nothing but actions on the host. */
function hopeless({ settings }: Grant): readonly Action[] {
  const isOfHost = (action: Action): boolean => EFFECTS[action] === 'host-admin';
  return settings.actions
    .map(actionsOf)
    .filter((actions) => actions.every(isOfHost))
    .flat();
}

/** Actions that are as mild as what they ask for. */
const CREATING: ReadonlySet<Action> = new Set<Action>([
  'container.create',
  'service.create',
  'service.update',
  'volume.create',
  'network.create',
]);

function* unconstrained(actions: readonly Action[]): Generator<Power> {
  const powerful = actions.filter((action) => PROMISES[EFFECTS[action]].hostPower);
  if (powerful.length > 0) {
    yield { kind: 'root', message: `${listed(powerful)} without constraints` };
  }
}

function* coarse(actions: readonly Action[]): Generator<Power> {
  const builds = actions.filter((action) => EFFECTS[action] === 'build');
  const tunnels = actions.filter((action) => EFFECTS[action] === 'opaque-tunnel');
  const services = actions.filter((action) => /^service\.(?:create|update)$/.test(action));
  if (builds.length > 0) {
    yield { kind: 'coarse', message: `${listed(builds)}: what the instructions do is not seen` };
  }
  if (tunnels.length > 0) {
    yield { kind: 'coarse', message: `${listed(tunnels)}: what BuildKit is told is not seen` };
  }
  if (services.length > 0) {
    yield { kind: 'coarse', message: `${listed(services)}: on which node it runs is not known` };
  }
}

/** With the power of whatever container there is. */
function* anyContainer(actions: readonly Action[]): Generator<Power> {
  const inside = actions.filter((action) => EFFECTS[action] === 'exec');
  if (inside.length === 0) return;
  const message = `${listed(inside)} in every container: as much as the most powerful one has`;
  yield { kind: 'root', message };
}

/** What constraints open that leads to root of the host, or near. */
function openings(settings: ConstraintSettings): readonly string[] {
  const { privileged, capabilities = [], devices = [], features = [], namespaces = [] } = settings;
  const found: string[] = [];
  const say = (what: string, values: readonly string[]): void => {
    if (values.length > 0) found.push(`${what} ${values.join(', ')}`);
  };
  if (privileged === true) found.push('privileged containers');
  const strong = (name: string): boolean => ROOT_CAPABILITIES.has(normalCapability(name));
  say('the capabilities', capabilities.filter(strong));
  const paths = (settings['host-paths'] ?? []).map(({ path }) => path);
  say('the paths of the host', paths.filter(isSensitive));
  say(
    'the devices',
    devices.filter((path) => !HARMLESS_DEVICES.has(path)),
  );
  say('the device rules', settings['device-cgroup-rules'] ?? []);
  say(
    'the namespaces',
    namespaces.filter((name) => name.endsWith('=host')),
  );
  say('the security options', (settings['security-options'] ?? []).filter(isWeakening));
  say('the volume options', (settings['volume-options'] ?? []).filter(mounts));
  say(
    'the volume drivers',
    (settings['volume-drivers'] ?? []).filter((name) => name !== 'local'),
  );
  say(
    'the runtimes',
    (settings.runtimes ?? []).filter((name) => !PLAIN_RUNTIMES.has(name)),
  );
  say('the parents of cgroups', settings['cgroup-parents'] ?? []);
  say('the annotations', settings.annotations ?? []);
  say(
    'the features',
    features.filter((name) => STRONG_FEATURES.has(name)),
  );
  say(
    'the network drivers',
    (settings['network-drivers'] ?? []).filter((n) => n !== 'bridge'),
  );
  say('the network options', settings['network-options'] ?? []);
  say(
    'the log drivers',
    (settings['log-drivers'] ?? []).filter((name) => !PLAIN_LOGS.has(name)),
  );
  if (settings.joins?.names?.includes('*') === true) found.push('what any other container has');
  return found;
}

/** Directories in or below which a file decides who is root. */
const SENSITIVE = [
  ...['/bin', '/boot', '/dev', '/etc', '/home', '/lib', '/lib32', '/lib64', '/opt', '/proc'],
  ...['/root', '/run', '/sbin', '/sys', '/usr', '/var'],
] as const;

function isSensitive(path: string): boolean {
  return path === '/' || SENSITIVE.some((directory) => `${path}/`.startsWith(`${directory}/`));
}

const HARMLESS_DEVICES: ReadonlySet<string> = new Set(
  '/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/net/tun'.split(' '),
);
const PLAIN_RUNTIMES: ReadonlySet<string> = new Set(['runc', 'io.containerd.runc.v2', 'runsc']);
const PLAIN_LOGS: ReadonlySet<string> = new Set(['json-file', 'local', 'none']);
const STRONG_FEATURES: ReadonlySet<string> = new Set(['propagation', 'unmask-paths']);

function isWeakening(option: string): boolean {
  return /unconfined|disable|[*?]|=false|writable-cgroups|custom/.test(option);
}

function mounts(option: string): boolean {
  return /^(?:device|type|o|\*)/.test(option);
}

function listed(actions: readonly Action[]): string {
  const shown = actions.slice(0, 4).join(', ');
  return actions.length > 4 ? `${shown} and ${actions.length - 4} more` : shown;
}
