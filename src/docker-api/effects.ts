/**
 * What a class promises of every action in it. `false` is a promise that holds whatever the call's
 * query and body say; `true` says that some call of the class may do it.
 */
export interface Promises {
  /** Changes something in the daemon, on the host or in a container. */
  readonly changes: boolean;
  /**
   * Shows what may be secret: environments, command lines, options of drivers that take a
   * credential, output, files of a container, images, keys. Names, ids, labels, states, sizes,
   * addresses and the options of networks are no secrets.
   */
  readonly reveals: boolean;
  /** May give root, or an equal of it, on the host or in its swarm. */
  readonly hostPower: boolean;
  /** Makes the daemon call a host that the caller names. */
  readonly callsOut: boolean;
}

const NOTHING: Promises = { changes: false, reveals: false, hostPower: false, callsOut: false };
const EVERYTHING: Promises = { changes: true, reveals: true, hostPower: true, callsOut: true };

/**
 * The classes, each with its promise (docs/decisions/0010-effect-classes.md). A call whose class is
 * `unknown` may do anything: in doubt nothing is promised.
 */
export const PROMISES = {
  /** The same for every caller and without any object: what the daemon speaks. */
  meta: NOTHING,
  /** Shows names, ids, labels, states, sizes and addresses; changes nothing. */
  read: NOTHING,
  /** Changes nothing, but what it shows may hold secrets of a workload. */
  'read-sensitive': { ...NOTHING, reveals: true },
  /** Makes the daemon ask a registry that the caller names, with the caller's credentials. */
  outbound: { ...NOTHING, reveals: true, callsOut: true },
  /** Changes state within what is granted already: no new power, no new name, nothing lost. */
  write: { ...NOTHING, changes: true },
  /** Gives an object another name: what is judged by name afterwards is another thing. */
  rename: { ...NOTHING, changes: true },
  /** Takes objects away, for good. */
  destroy: { ...NOTHING, changes: true },
  /** Brings content into the image store, under a name of the caller's choice. */
  'image-in': { ...NOTHING, changes: true, callsOut: true },
  /** Takes an image or plugin out of the daemon, whole. */
  'image-out': { ...NOTHING, changes: true, reveals: true, callsOut: true },
  /** Decides what a workload is, may use or may reach. Its body says how much, up to root. */
  'create-workload': EVERYTHING,
  /** Makes or changes a volume or network. Its body says how much: a mount of `/` is one. */
  'create-resource': EVERYTHING,
  /** Acts inside a container, with its power; a privileged exec has root's. */
  exec: { ...EVERYTHING, callsOut: false },
  /** Runs the caller's instructions in build containers; what they may do is no part of the API. */
  build: EVERYTHING,
  /** A connection whose content nobody here reads; whatever BuildKit can do. */
  'opaque-tunnel': EVERYTHING,
  /** Acts on the host, the daemon, its plugins or its swarm, or shows the keys to them. */
  'host-admin': EVERYTHING,
  /** Looks into the daemon's own process: command line, memory, running code; can stall it. */
  debug: { ...NOTHING, changes: true, reveals: true },
  /** No route that is known here: promises nothing. */
  unknown: EVERYTHING,
} as const satisfies Record<string, Promises>;

export type EffectClass = keyof typeof PROMISES;

/**
 * The class of each action. What an action does is judged by the most that one call of it can do,
 * for any API version that a daemon may serve; test/vectors/effects.json says why, row by row.
 */
export const EFFECTS = {
  'checkpoint.list': 'host-admin',
  'checkpoint.create': 'host-admin',
  'checkpoint.remove': 'host-admin',
  'container.archive_stat': 'read-sensitive',
  'container.list': 'read-sensitive',
  'container.export': 'read-sensitive',
  'container.changes': 'read-sensitive',
  'container.inspect': 'read-sensitive',
  'container.top': 'read-sensitive',
  'container.logs': 'read-sensitive',
  'container.stats': 'read',
  'container.attach_ws': 'exec',
  'exec.inspect': 'read-sensitive',
  'container.archive_get': 'read-sensitive',
  'container.create': 'create-workload',
  'container.kill': 'write',
  'container.pause': 'write',
  'container.unpause': 'write',
  'container.restart': 'write',
  'container.start': 'write',
  'container.restore': 'host-admin',
  'container.stop': 'write',
  'container.wait': 'read',
  'container.resize': 'write',
  'container.attach': 'exec',
  'exec.create': 'exec',
  'exec.start': 'exec',
  'exec.resize': 'write',
  'container.rename': 'rename',
  'container.update': 'create-workload',
  'container.prune': 'destroy',
  'image.commit': 'image-in',
  'container.archive_put': 'exec',
  'container.remove': 'destroy',
  'image.list': 'read',
  'image.search': 'outbound',
  'image.save': 'image-out',
  'image.history': 'read-sensitive',
  'image.inspect': 'read-sensitive',
  'image.attestations': 'read-sensitive',
  'image.load': 'image-in',
  'image.pull': 'image-in',
  'image.import': 'image-in',
  'image.push': 'image-out',
  'image.tag': 'rename',
  'image.prune': 'destroy',
  'image.remove': 'destroy',
  'http.options': 'meta',
  'system.ping': 'meta',
  'system.events': 'read-sensitive',
  'system.info': 'read',
  'system.version': 'read',
  'system.df': 'read-sensitive',
  'registry.login': 'outbound',
  'volume.list': 'read-sensitive',
  'volume.inspect': 'read-sensitive',
  'volume.create': 'create-resource',
  'volume.prune': 'destroy',
  'volume.update': 'create-resource',
  'volume.remove': 'destroy',
  'image.build': 'build',
  'build.prune': 'destroy',
  'build.cancel': 'write',
  'buildkit.session': 'opaque-tunnel',
  'swarm.init': 'host-admin',
  'swarm.join': 'host-admin',
  'swarm.leave': 'host-admin',
  'swarm.inspect': 'host-admin',
  'swarm.unlock_key': 'host-admin',
  'swarm.update': 'host-admin',
  'swarm.unlock': 'host-admin',
  'service.list': 'read-sensitive',
  'service.inspect': 'read-sensitive',
  'service.create': 'create-workload',
  'service.update': 'create-workload',
  'service.remove': 'destroy',
  'service.logs': 'read-sensitive',
  'node.list': 'read',
  'node.inspect': 'read',
  'node.remove': 'host-admin',
  'node.update': 'host-admin',
  'task.list': 'read-sensitive',
  'task.inspect': 'read-sensitive',
  'task.logs': 'read-sensitive',
  'secret.list': 'read-sensitive',
  'secret.create': 'write',
  'secret.remove': 'destroy',
  'secret.inspect': 'read-sensitive',
  'secret.update': 'write',
  'config.list': 'read-sensitive',
  'config.create': 'write',
  'config.remove': 'destroy',
  'config.inspect': 'read-sensitive',
  'config.update': 'write',
  'plugin.list': 'read-sensitive',
  'plugin.inspect': 'read-sensitive',
  'plugin.privileges': 'outbound',
  'plugin.remove': 'host-admin',
  'plugin.enable': 'host-admin',
  'plugin.disable': 'host-admin',
  'plugin.install': 'host-admin',
  'plugin.push': 'image-out',
  'plugin.upgrade': 'host-admin',
  'plugin.set': 'host-admin',
  'plugin.create': 'host-admin',
  'distribution.inspect': 'outbound',
  'network.list': 'read',
  'network.inspect': 'read',
  'network.create': 'create-resource',
  'network.connect': 'create-workload',
  'network.disconnect': 'write',
  'network.prune': 'destroy',
  'network.remove': 'destroy',
  'debug.vars': 'debug',
  'debug.pprof.index': 'debug',
  'debug.pprof.cmdline': 'debug',
  'debug.pprof.profile': 'debug',
  'debug.pprof.symbol': 'debug',
  'debug.pprof.trace': 'debug',
  'debug.pprof.named': 'debug',
  'buildkit.grpc': 'opaque-tunnel',
  // Asked of the gate itself, where it listens for monitoring: no route of the daemon leads here.
  'gate.health': 'meta',
  'gate.metrics': 'read-sensitive',
  unknown: 'unknown',
} as const satisfies Record<string, EffectClass>;

/** What a call does, in the words of the audit trail and of policies. */
export type Action = keyof typeof EFFECTS;
