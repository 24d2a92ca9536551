/** The protocols that a call can be upgraded to, each on its own routes only. */
export type UpgradeToken = 'tcp' | 'h2c' | 'websocket';

/** One route of the daemon. */
export interface Route {
  readonly method: string;
  /** The name of what it does, in the words of the audit trail and of policies. */
  readonly action: string;
  /** Matches the whole decoded path, without version. */
  readonly pattern: RegExp;
  /** The `Upgrade` token that turns this call into a two-way stream. */
  readonly hijack?: UpgradeToken;
  /** True where request or answer can go on for as long as the caller likes. */
  readonly stream?: true;
  /** True where the name in the path is an image reference, whose `/` some clients escape. */
  readonly reference?: true;
}

type Traits = Omit<Route, 'method' | 'action' | 'pattern'>;

/**
 * A route in the daemon's own notation: `{name:.*}` is greedy and may be empty, `{id:.+}` may not,
 * `{id}` is one segment (gorilla/mux).
 */
function route(method: string, path: string, action: string, traits: Traits = {}): Route {
  const source = path.replace(
    /\{[a-z]+(?::(\.[*+]))?\}/g,
    (_, greedy: string | undefined) => greedy ?? '[^/]+',
  );
  // `s`: Go's "." also matches CR, U+2028 and U+2029. (LF never gets here.)
  return { method, action, pattern: new RegExp(`^${source}$`, 's'), ...traits };
}

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
  route('GET', '/containers/{name:.*}/export', 'container.export', { stream: true }),
  route('GET', '/containers/{name:.*}/changes', 'container.changes'),
  route('GET', '/containers/{name:.*}/json', 'container.inspect'),
  route('GET', '/containers/{name:.*}/top', 'container.top'),
  route('GET', '/containers/{name:.*}/logs', 'container.logs', { stream: true }),
  route('GET', '/containers/{name:.*}/stats', 'container.stats', { stream: true }),
  route('GET', '/containers/{name:.*}/attach/ws', 'container.attach_ws', { hijack: 'websocket' }),
  route('GET', '/exec/{id:.*}/json', 'exec.inspect'),
  route('GET', '/containers/{name:.*}/archive', 'container.archive_get', { stream: true }),
  route('POST', '/containers/create', 'container.create'),
  route('POST', '/containers/{name:.*}/kill', 'container.kill'),
  route('POST', '/containers/{name:.*}/pause', 'container.pause'),
  route('POST', '/containers/{name:.*}/unpause', 'container.unpause'),
  route('POST', '/containers/{name:.*}/restart', 'container.restart'),
  route('POST', '/containers/{name:.*}/start', 'container.start'),
  route('POST', '/containers/{name:.*}/stop', 'container.stop'),
  route('POST', '/containers/{name:.*}/wait', 'container.wait', { stream: true }),
  route('POST', '/containers/{name:.*}/resize', 'container.resize'),
  route('POST', '/containers/{name:.*}/attach', 'container.attach', { hijack: 'tcp' }),
  route('POST', '/containers/{name:.*}/exec', 'exec.create'),
  route('POST', '/exec/{name:.*}/start', 'exec.start', { hijack: 'tcp' }),
  route('POST', '/exec/{name:.*}/resize', 'exec.resize'),
  route('POST', '/containers/{name:.*}/rename', 'container.rename'),
  route('POST', '/containers/{name:.*}/update', 'container.update'),
  route('POST', '/containers/prune', 'container.prune'),
  route('POST', '/commit', 'image.commit'),
  route('PUT', '/containers/{name:.*}/archive', 'container.archive_put', { stream: true }),
  route('DELETE', '/containers/{name:.*}', 'container.remove'),
  route('GET', '/images/json', 'image.list'),
  route('GET', '/images/search', 'image.search'),
  route('GET', '/images/get', 'image.save', { stream: true }),
  route('GET', '/images/{name:.*}/get', 'image.save', { stream: true, reference: true }),
  route('GET', '/images/{name:.*}/history', 'image.history', { reference: true }),
  route('GET', '/images/{name:.*}/json', 'image.inspect', { reference: true }),
  route('GET', '/images/{name:.*}/attestations', 'image.attestations', { reference: true }),
  route('POST', '/images/load', 'image.load', { stream: true }),
  route('POST', '/images/create', 'image.pull', { stream: true }),
  route('POST', '/images/{name:.*}/push', 'image.push', { stream: true, reference: true }),
  route('POST', '/images/{name:.*}/tag', 'image.tag', { reference: true }),
  route('POST', '/images/prune', 'image.prune'),
  route('DELETE', '/images/{name:.*}', 'image.remove', { reference: true }),
  route('OPTIONS', '/{anyroute:.*}', 'http.options'),
  route('GET', '/_ping', 'system.ping'),
  route('HEAD', '/_ping', 'system.ping'),
  route('GET', '/events', 'system.events', { stream: true }),
  route('GET', '/info', 'system.info'),
  route('GET', '/version', 'system.version'),
  route('GET', '/system/df', 'system.df'),
  route('POST', '/auth', 'registry.login'),
  route('GET', '/volumes', 'volume.list'),
  route('GET', '/volumes/{name:.*}', 'volume.inspect'),
  route('POST', '/volumes/create', 'volume.create'),
  route('POST', '/volumes/prune', 'volume.prune'),
  route('PUT', '/volumes/{name:.*}', 'volume.update'),
  route('DELETE', '/volumes/{name:.*}', 'volume.remove'),
  route('POST', '/build', 'image.build', { stream: true }),
  route('POST', '/build/prune', 'build.prune'),
  route('POST', '/build/cancel', 'build.cancel'),
  route('POST', '/session', 'buildkit.session', { hijack: 'h2c' }),
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
  route('GET', '/services/{id}/logs', 'service.logs', { stream: true }),
  route('GET', '/nodes', 'node.list'),
  route('GET', '/nodes/{id}', 'node.inspect'),
  route('DELETE', '/nodes/{id}', 'node.remove'),
  route('POST', '/nodes/{id}/update', 'node.update'),
  route('GET', '/tasks', 'task.list'),
  route('GET', '/tasks/{id}', 'task.inspect'),
  route('GET', '/tasks/{id}/logs', 'task.logs', { stream: true }),
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
  route('POST', '/plugins/pull', 'plugin.install', { stream: true }),
  route('POST', '/plugins/{name:.*}/push', 'plugin.push', { stream: true, reference: true }),
  route('POST', '/plugins/{name:.*}/upgrade', 'plugin.upgrade', { stream: true, reference: true }),
  route('POST', '/plugins/{name:.*}/set', 'plugin.set', { reference: true }),
  route('POST', '/plugins/create', 'plugin.create', { stream: true }),
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
  route('GET', '/debug/pprof/profile', 'debug.pprof.profile', { stream: true }),
  route('GET', '/debug/pprof/symbol', 'debug.pprof.symbol'),
  route('GET', '/debug/pprof/trace', 'debug.pprof.trace', { stream: true }),
  route('GET', '/debug/pprof/{name}', 'debug.pprof.named'),
  route('POST', '/grpc', 'buildkit.grpc', { hijack: 'h2c' }),
];
