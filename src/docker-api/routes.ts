import type { Action } from './effects.ts';
import type { SubjectKind } from './subject.ts';

/** The protocols that a call can be upgraded to, each on its own routes only. */
export type UpgradeToken = 'tcp' | 'h2c' | 'websocket';

/**
 * Which side of a call can go on for long, or to what its connection is upgraded. The daemon hijacks
 * `hijack-tcp` with and without an upgrade, the others with one only.
 */
export type Streaming =
  | 'none'
  | 'request-stream'
  | 'response-stream'
  | 'request-stream+response-stream'
  | 'hijack-tcp'
  | 'hijack-h2c'
  | 'websocket';

/** One route of the daemon. */
export interface Route {
  readonly method: string;
  /** What it does, where its query does not say otherwise. */
  readonly action: Action;
  /** Matches the whole decoded path, without version; the first group is the name in it. */
  readonly pattern: RegExp;
  /** What kind of object it is about. */
  readonly kind: SubjectKind;
  readonly streaming: Streaming;
  /** True where the name in the path is an image reference, whose `/` some clients escape. */
  readonly reference: boolean;
}

interface Traits {
  readonly streaming?: Streaming;
  readonly reference?: true;
  /** Where the first segment of the path does not tell it. */
  readonly kind?: SubjectKind;
}

/** Kinds by the first segment of a path; `system` for all others. */
const KINDS: Readonly<Record<string, SubjectKind>> = {
  containers: 'container',
  commit: 'container',
  exec: 'exec',
  images: 'image',
  distribution: 'image',
  networks: 'network',
  volumes: 'volume',
  services: 'service',
  nodes: 'node',
  tasks: 'task',
  secrets: 'secret',
  configs: 'config',
  plugins: 'plugin',
  swarm: 'swarm',
  build: 'build',
  session: 'build',
  grpc: 'build',
};

/**
 * A route in the daemon's own notation: `{name:.*}` is greedy and may be empty, `{id:.+}` may not,
 * `{id}` is one segment (gorilla/mux).
 */
function route(method: string, path: string, action: Action, traits: Traits = {}): Route {
  const source = path.replace(
    /\{[a-z]+(?::(\.[*+]))?\}/g,
    (_, greedy: string | undefined) => `(${greedy ?? '[^/]+'})`,
  );
  const [, start = ''] = path.split('/');
  return {
    method,
    action,
    // `s`: Go's "." also matches CR, U+2028 and U+2029. (LF never gets here.)
    pattern: new RegExp(`^${source}$`, 's'),
    kind: traits.kind ?? KINDS[start] ?? 'system',
    streaming: traits.streaming ?? 'none',
    reference: traits.reference ?? false,
  };
}

/** Every path has it, and it does nothing (system_routes.go, optionsHandler). */
export const OPTIONS_ROUTE = route('OPTIONS', '/{anyroute:.*}', 'http.options', { kind: 'none' });

/**
 * Every route of the daemon in the order in which it registers them; the first that matches wins.
 * Source: moby daemon/server/router/*, of which each route exists with and without a version.
 */
export const ROUTES: readonly Route[] = [
  route('GET', '/containers/{name:.*}/checkpoints', 'checkpoint.list'),
  route('POST', '/containers/{name:.*}/checkpoints', 'checkpoint.create'),
  route('DELETE', '/containers/{name}/checkpoints/{checkpoint}', 'checkpoint.remove'),
  route('HEAD', '/containers/{name:.*}/archive', 'container.archive_stat'),
  route('GET', '/containers/json', 'container.list'),
  route('GET', '/containers/{name:.*}/export', 'container.export', {
    streaming: 'response-stream',
  }),
  route('GET', '/containers/{name:.*}/changes', 'container.changes'),
  route('GET', '/containers/{name:.*}/json', 'container.inspect'),
  route('GET', '/containers/{name:.*}/top', 'container.top'),
  route('GET', '/containers/{name:.*}/logs', 'container.logs', { streaming: 'response-stream' }),
  route('GET', '/containers/{name:.*}/stats', 'container.stats', { streaming: 'response-stream' }),
  route('GET', '/containers/{name:.*}/attach/ws', 'container.attach_ws', {
    streaming: 'websocket',
  }),
  route('GET', '/exec/{id:.*}/json', 'exec.inspect'),
  route('GET', '/containers/{name:.*}/archive', 'container.archive_get', {
    streaming: 'response-stream',
  }),
  route('POST', '/containers/create', 'container.create'),
  route('POST', '/containers/{name:.*}/kill', 'container.kill'),
  route('POST', '/containers/{name:.*}/pause', 'container.pause'),
  route('POST', '/containers/{name:.*}/unpause', 'container.unpause'),
  route('POST', '/containers/{name:.*}/restart', 'container.restart'),
  route('POST', '/containers/{name:.*}/start', 'container.start'),
  route('POST', '/containers/{name:.*}/stop', 'container.stop'),
  route('POST', '/containers/{name:.*}/wait', 'container.wait', { streaming: 'response-stream' }),
  route('POST', '/containers/{name:.*}/resize', 'container.resize'),
  route('POST', '/containers/{name:.*}/attach', 'container.attach', { streaming: 'hijack-tcp' }),
  route('POST', '/containers/{name:.*}/exec', 'exec.create'),
  route('POST', '/exec/{name:.*}/start', 'exec.start', { streaming: 'hijack-tcp' }),
  route('POST', '/exec/{name:.*}/resize', 'exec.resize'),
  route('POST', '/containers/{name:.*}/rename', 'container.rename'),
  route('POST', '/containers/{name:.*}/update', 'container.update'),
  route('POST', '/containers/prune', 'container.prune'),
  route('POST', '/commit', 'image.commit'),
  route('PUT', '/containers/{name:.*}/archive', 'container.archive_put', {
    streaming: 'request-stream',
  }),
  route('DELETE', '/containers/{name:.*}', 'container.remove'),
  route('GET', '/images/json', 'image.list'),
  route('GET', '/images/search', 'image.search', { kind: 'none' }),
  route('GET', '/images/get', 'image.save', { streaming: 'response-stream' }),
  route('GET', '/images/{name:.*}/get', 'image.save', {
    streaming: 'response-stream',
    reference: true,
  }),
  route('GET', '/images/{name:.*}/history', 'image.history', { reference: true }),
  route('GET', '/images/{name:.*}/json', 'image.inspect', { reference: true }),
  route('GET', '/images/{name:.*}/attestations', 'image.attestations', { reference: true }),
  route('POST', '/images/load', 'image.load', { streaming: 'request-stream' }),
  route('POST', '/images/create', 'image.pull', { streaming: 'response-stream' }),
  route('POST', '/images/{name:.*}/push', 'image.push', {
    streaming: 'response-stream',
    reference: true,
  }),
  route('POST', '/images/{name:.*}/tag', 'image.tag', { reference: true }),
  route('POST', '/images/prune', 'image.prune'),
  route('DELETE', '/images/{name:.*}', 'image.remove', { reference: true }),
  OPTIONS_ROUTE,
  route('GET', '/_ping', 'system.ping'),
  route('HEAD', '/_ping', 'system.ping'),
  route('GET', '/events', 'system.events', { streaming: 'response-stream' }),
  route('GET', '/info', 'system.info'),
  route('GET', '/version', 'system.version'),
  route('GET', '/system/df', 'system.df'),
  route('POST', '/auth', 'registry.login', { kind: 'none' }),
  route('GET', '/volumes', 'volume.list'),
  route('GET', '/volumes/{name:.*}', 'volume.inspect'),
  route('POST', '/volumes/create', 'volume.create'),
  route('POST', '/volumes/prune', 'volume.prune'),
  route('PUT', '/volumes/{name:.*}', 'volume.update'),
  route('DELETE', '/volumes/{name:.*}', 'volume.remove'),
  route('POST', '/build', 'image.build', {
    streaming: 'request-stream+response-stream',
    kind: 'image',
  }),
  route('POST', '/build/prune', 'build.prune'),
  route('POST', '/build/cancel', 'build.cancel'),
  route('POST', '/session', 'buildkit.session', { streaming: 'hijack-h2c' }),
  route('POST', '/swarm/init', 'swarm.init'),
  route('POST', '/swarm/join', 'swarm.join'),
  route('POST', '/swarm/leave', 'swarm.leave'),
  route('GET', '/swarm', 'swarm.inspect'),
  route('GET', '/swarm/unlockkey', 'swarm.unlock_key'),
  route('POST', '/swarm/update', 'swarm.update'),
  route('POST', '/swarm/unlock', 'swarm.unlock'),
  route('GET', '/services', 'service.list'),
  route('GET', '/services/{id}', 'service.inspect'),
  route('POST', '/services/create', 'service.create'),
  route('POST', '/services/{id}/update', 'service.update'),
  route('DELETE', '/services/{id}', 'service.remove'),
  route('GET', '/services/{id}/logs', 'service.logs', { streaming: 'response-stream' }),
  route('GET', '/nodes', 'node.list'),
  route('GET', '/nodes/{id}', 'node.inspect'),
  route('DELETE', '/nodes/{id}', 'node.remove'),
  route('POST', '/nodes/{id}/update', 'node.update'),
  route('GET', '/tasks', 'task.list'),
  route('GET', '/tasks/{id}', 'task.inspect'),
  route('GET', '/tasks/{id}/logs', 'task.logs', { streaming: 'response-stream' }),
  route('GET', '/secrets', 'secret.list'),
  route('POST', '/secrets/create', 'secret.create'),
  route('DELETE', '/secrets/{id}', 'secret.remove'),
  route('GET', '/secrets/{id}', 'secret.inspect'),
  route('POST', '/secrets/{id}/update', 'secret.update'),
  route('GET', '/configs', 'config.list'),
  route('POST', '/configs/create', 'config.create'),
  route('DELETE', '/configs/{id}', 'config.remove'),
  route('GET', '/configs/{id}', 'config.inspect'),
  route('POST', '/configs/{id}/update', 'config.update'),
  route('GET', '/plugins', 'plugin.list'),
  route('GET', '/plugins/{name:.*}/json', 'plugin.inspect', { reference: true }),
  route('GET', '/plugins/privileges', 'plugin.privileges'),
  route('DELETE', '/plugins/{name:.*}', 'plugin.remove', { reference: true }),
  route('POST', '/plugins/{name:.*}/enable', 'plugin.enable', { reference: true }),
  route('POST', '/plugins/{name:.*}/disable', 'plugin.disable', { reference: true }),
  route('POST', '/plugins/pull', 'plugin.install', { streaming: 'response-stream' }),
  route('POST', '/plugins/{name:.*}/push', 'plugin.push', {
    streaming: 'response-stream',
    reference: true,
  }),
  route('POST', '/plugins/{name:.*}/upgrade', 'plugin.upgrade', {
    streaming: 'response-stream',
    reference: true,
  }),
  route('POST', '/plugins/{name:.*}/set', 'plugin.set', { reference: true }),
  route('POST', '/plugins/create', 'plugin.create', { streaming: 'request-stream' }),
  route('GET', '/distribution/{name:.*}/json', 'distribution.inspect', { reference: true }),
  route('GET', '/networks', 'network.list'),
  route('GET', '/networks/', 'network.list'),
  route('GET', '/networks/{id:.+}', 'network.inspect'),
  route('POST', '/networks/create', 'network.create'),
  route('POST', '/networks/{id:.*}/connect', 'network.connect'),
  route('POST', '/networks/{id:.*}/disconnect', 'network.disconnect'),
  route('POST', '/networks/prune', 'network.prune'),
  route('DELETE', '/networks/{id:.*}', 'network.remove'),
  route('GET', '/debug/vars', 'debug.vars'),
  route('GET', '/debug/pprof/', 'debug.pprof.index'),
  route('GET', '/debug/pprof/cmdline', 'debug.pprof.cmdline'),
  route('GET', '/debug/pprof/profile', 'debug.pprof.profile', { streaming: 'response-stream' }),
  route('GET', '/debug/pprof/symbol', 'debug.pprof.symbol'),
  route('GET', '/debug/pprof/trace', 'debug.pprof.trace', { streaming: 'response-stream' }),
  route('GET', '/debug/pprof/{name}', 'debug.pprof.named'),
  route('POST', '/grpc', 'buildkit.grpc', { streaming: 'hijack-h2c' }),
];
