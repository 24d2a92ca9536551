import type { Action } from '../../docker-api/effects.ts';
import { normalCapability, ROOT_CAPABILITIES } from '../constraints/capabilities.ts';
import type { ConstraintSettings } from '../constraints/settings.ts';
import { compileGlob } from '../glob.ts';
import { isEvery } from './everything.ts';

/** What constraints open that leads to root of the host, or near. */
interface Opening {
  /** The actions that ask for it: for all others the words say nothing. */
  readonly actions: readonly Action[];
  readonly what: string;
}

const CONTAINER: readonly Action[] = ['container.create'];
const WORKLOADS: readonly Action[] = ['container.create', 'service.create', 'service.update'];
const BUILDS: readonly Action[] = [...WORKLOADS, 'image.build'];
const MOUNTS: readonly Action[] = [...WORKLOADS, 'volume.create'];
const NETWORKS: readonly Action[] = ['network.create'];

/** @returns an opening for each kind of power, with the words of the policy that open it. */
export function openingsOf(settings: ConstraintSettings): readonly Opening[] {
  const found: Opening[] = [];
  const say = (actions: readonly Action[], what: string, values: readonly string[] = []): void => {
    if (values.length > 0) found.push({ actions, what: `${what} ${values.join(', ')}` });
  };
  if (settings.privileged === true) {
    found.push({ actions: CONTAINER, what: 'privileged containers' });
    found.push({ actions: ['exec.create'], what: 'privileged processes' });
  }
  if (isEvery(settings.joins)) {
    found.push({ actions: BUILDS, what: 'what any other container has' });
  }
  const { namespaces = [], features = [] } = settings;
  say(WORKLOADS, 'the capabilities', settings.capabilities?.filter(isStrong));
  say(MOUNTS, 'the paths of the host', settings['host-paths']?.filter(isSensitive).map(inWords));
  say(CONTAINER, 'the devices', settings.devices?.filter(isPowerfulDevice));
  say(CONTAINER, 'the device rules', settings['device-cgroup-rules']);
  say(
    BUILDS,
    'the namespaces',
    namespaces.filter((name) => name.endsWith('=host')),
  );
  say(WORKLOADS, 'the security options', settings['security-options']?.filter(isWeakening));
  say(MOUNTS, 'the volume options', settings['volume-options']?.filter(mounts));
  say(MOUNTS, 'the volume drivers', besides(settings['volume-drivers'], 'local'));
  say(CONTAINER, 'the runtimes', besides(settings.runtimes, 'runc', ...PLAIN_RUNTIMES));
  say(BUILDS, 'the parents of cgroups', settings['cgroup-parents']);
  say(CONTAINER, 'the annotations', settings.annotations);
  say(
    CONTAINER,
    'the features',
    features.filter((name) => STRONG_FEATURES.has(name)),
  );
  say(NETWORKS, 'the network drivers', besides(settings['network-drivers'], 'bridge'));
  say(NETWORKS, 'the network options', settings['network-options']);
  say(WORKLOADS, 'the log drivers', besides(settings['log-drivers'], ...PLAIN_LOGS));
  return found;
}

function besides(words: readonly string[] = [], ...plain: readonly string[]): readonly string[] {
  return words.filter((word) => !plain.includes(word));
}

const PLAIN_RUNTIMES = ['io.containerd.runc.v2', 'runsc'] as const;
const PLAIN_LOGS = ['json-file', 'local', 'none'] as const;
const STRONG_FEATURES: ReadonlySet<string> = new Set(['propagation', 'unmask-paths']);

function isStrong(capability: string): boolean {
  return ROOT_CAPABILITIES.has(normalCapability(capability));
}

type HostPath = NonNullable<ConstraintSettings['host-paths']>[number];

/** Directories in or below which a file decides who is root, or tells it. */
const SENSITIVE = [
  ...['/bin', '/boot', '/dev', '/etc', '/home', '/lib', '/lib32', '/lib64', '/opt', '/proc'],
  ...['/root', '/run', '/sbin', '/sys', '/usr', '/var'],
] as const;

/** Whoever may write to one of these has the engine behind it, wherever it lies; read-only does not help. */
const ENGINE_SOCKET = /\/(?:docker|containerd|podman|crio|buildkitd)[^/]*\.sock$/;

function isSensitive({ path }: HostPath): boolean {
  return (
    path === '/' ||
    ENGINE_SOCKET.test(path) ||
    SENSITIVE.some((directory) => `${path}/`.startsWith(`${directory}/`))
  );
}

function inWords({ path, 'read-only': isReadOnly }: HostPath): string {
  return isReadOnly ? `${path} (to read)` : path;
}

const HARMLESS_DEVICES: ReadonlySet<string> = new Set(
  '/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/net/tun'.split(' '),
);

function isPowerfulDevice(path: string): boolean {
  return !HARMLESS_DEVICES.has(path);
}

function isWeakening(option: string): boolean {
  return /unconfined|disable|[*?]|=false|writable-cgroups|custom/.test(option);
}

/** Whether a pattern `name=value` may be about an argument of a mount(2) by root. */
function mounts(option: string): boolean {
  const name = compileGlob(option.replace(/=.*$/s, ''));
  return ['device', 'type', 'o'].some((argument) => name.matches(argument));
}
