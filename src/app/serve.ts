import { performance } from 'node:perf_hooks';
import { isDescribed } from '../audit/detail/bodies.ts';
import { findUnfinished } from '../audit/read/unfinished.ts';
import { createTrail, type CallTrail } from '../audit/trail.ts';
import type { Config, ListenAddress } from '../config/schema.ts';
import { createEngine } from '../engine/engine.ts';
import { CallError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { createForward } from '../forward/forward.ts';
import { relayResponse } from '../forward/response.ts';
import { createHijack } from '../hijack/hijack.ts';
import { receiveBody } from '../hijack/receive.ts';
import { createIdentification } from '../identity/identify.ts';
import { createPipeline } from '../pipeline.ts';
import type { InventoryEntry } from '../pki/inventory.ts';
import { createResolver } from '../resolve/resolver.ts';
import type { Program } from '../sockets/hand-over.ts';
import { NOTHING_INHERITED, type Inheritance } from '../sockets/inherited.ts';
import { createReadBody } from '../understand/body.ts';
import { needsBody, type BodyNeeds } from '../understand/needs-body.ts';
import { understand } from '../understand/understand.ts';
import { withAnswers } from './answers.ts';
import { createAsk } from './ask.ts';
import { factsOf } from './certificate-events.ts';
import { checkDockerSocket } from './docker-socket.ts';
import { exitOf } from './exec-exits.ts';
import { ExitWatch } from './exit-watch.ts';
import { Front, type DoorDeps } from './front.ts';
import { createHostPath } from './host-files.ts';
import { InFlight } from './in-flight.ts';
import { allowancesOf, createJudgement } from './judgement.ts';
import { addressText } from './listen.ts';
import { LiveConnections } from './live-connections.ts';
import type { Log } from './log.ts';
import { materialFiles, readMaterial } from './material.ts';
import { openTrailLog } from './trail-log.ts';
import { openPolicy, type PolicyFile } from './policy.ts';
import { createRefuse } from './refuse.ts';
import { withReloads, type ReloadEvent } from './reload-events.ts';
import { meteredTrail } from './metered-trail.ts';
import { createMeters } from './meters.ts';
import type { Monitor } from './monitor.ts';
import { stopServers } from './shutdown.ts';
import { StreamCap } from './stream-cap.ts';
import { describeTarget } from './targets.ts';
import { drain, handOver, hasteOf, patienceOf, WATCHERS } from './upgrade.ts';
import { startUpkeep } from './upkeep.ts';
import { Usage } from './usage.ts';
import { signatureOf } from './watch-files.ts';

/** What a gate gets from outside, besides its configuration. */
export interface GateDeps {
  readonly log: Log;
  /** ms since the epoch. */
  readonly now?: () => number;
  /** What has to know the bodies of calls; by default nothing. */
  readonly bodyNeeds?: BodyNeeds;
  /** Certificates that were made for this start. */
  readonly issued?: readonly InventoryEntry[] | undefined;
  /** Hears of each reload, and what came of it. */
  readonly onReload?: (event: ReloadEvent) => void;
  /** Sockets that this process was started with; by default none. */
  readonly inheritance?: Inheritance;
  /** Id of the process that it takes over from. */
  readonly previous?: number | undefined;
}

const NOTHING: BodyNeeds = { policy: false, auditDetail: false };

/** A gate that is running. */
export interface Gate {
  /** Where it listens, with the ports that were taken. */
  readonly addresses: readonly ListenAddress[];
  /** Paths of the unix sockets that it listens on. */
  readonly localSockets: readonly string[];
  /** Where it can be watched from, likewise; undefined: nowhere. */
  readonly metrics: ListenAddress | undefined;
  /**
   * Reads policy, certificates and revocation lists anew, as the gate does by itself when they change. What is bad
   * is refused whole, and the old one stays.
   *
   * @param cause for the log. Resolves when it is done; the log says how it went.
   */
  reload(cause: string): Promise<void>;
  /**
   * Stops accepting, lets calls in flight finish, cuts the rest, and ends the trail.
   *
   * @param graceMs how long the calls may take; by default what the configuration says. A second
   * call with 0 cuts at once.
   */
  stop(graceMs?: number): Promise<void>;
  /** False where an address that the gate was to listen on is not listened on any more. */
  isListening(): boolean;
  /**
   * Has another process listen on the same sockets, and ends this one when its calls have. Where the other does not
   * get ready, this one goes on.
   *
   * @param program what is started: as a rule, what this process was started as.
   * @param onReady told of the new process's id, before this one stops accepting.
   * @returns false where nothing has changed; otherwise true, once this gate has stopped.
   */
  upgrade(program: Program, onReady?: (pid: number) => Promise<void>): Promise<boolean>;
  /** Opens the audit log again by its name, after somebody has moved the file away. */
  reopenLog(): void;
}

/**
 * Puts a gate together, in the order in which a call passes it, and opens it.
 *
 * @throws CommandError where it cannot run: certificates, audit log, addresses, docker host.
 */
export async function startGate(config: Config, deps: GateDeps): Promise<Gate> {
  const { log, now = Date.now, bodyNeeds = NOTHING, issued = [] } = deps;
  const { inheritance = NOTHING_INHERITED } = deps;
  const since = signatureOf(materialFiles(config));
  const material = readMaterial(config, now());
  const daemonProblem = checkDockerSocket(config.dockerSocket);
  const policy = policyOf(config, log, (cause, reason) => {
    const result = reason === undefined ? 'accepted' : 'refused';
    trail.gate('gate-reload', { cause, result, reason, policy: config.policyFile });
  });
  const audit = await openTrailLog(config, deps);
  const meters = config.metrics === undefined ? undefined : createMeters();
  const written = withReloads(createTrail(audit, config.audit), deps.onReload);
  const trail = meters === undefined ? written : meteredTrail(written, meters);
  // What a process began that still runs is not over.
  if (deps.previous === undefined) {
    for (const call of await findUnfinished(audit.file)) audit.append(call, 'after');
  }
  for (const entry of issued) trail.certificate('certificate-issued', factsOf(entry));
  const engine = createEngine(config.dockerSocket);
  const ask = createAsk(engine);
  const resolver = createResolver(ask);
  const exits = new ExitWatch(engine);
  const isDetailed = config.audit.detail !== 'off';
  const resolveHostPath = createHostPath(config.dockerSocket);
  const bench = () => policy && { policy: policy.current(), resolveHostPath };
  const usage = new Usage(() => performance.now());
  const inFlight = new InFlight();
  const streams = new StreamCap(config.limits.streamsPerUser);
  const identification = createIdentification(material.trust);
  const { standing } = identification;
  const live = new LiveConnections({ standing, now, onCut: trail.cut });
  let stopping = false;
  let upgrading = false;
  let successor: number | undefined;
  let monitor: Monitor | undefined;

  const pageOf = ({ connection }: Exchange, page: CallTrail, calls: InFlight): CallTrail => {
    const ended = calls.track(live.track(connection, page));
    const described = isDetailed
      ? describeTarget(exitOf(ended, { ask, watch: exits, now }), resolver)
      : ended;
    const counted = usage.track(described, () => allowancesOf(bench(), connection, now()));
    return streams.track(connection.identity, counted);
  };
  const judgement = createJudgement({ bench, resolver, now });
  const refuse = createRefuse(log);
  const handle = createPipeline({
    open: (exchange) => pageOf(exchange, trail.call(exchange), inFlight),
    identify: ({ connection, over }) => {
      if (over !== undefined) throw new CallError('CONNECTION_OVER', over);
      if (stopping) throw new CallError('STOPPING', 'this gate is stopping; try again later');
      identification.confirm(connection.identity, now());
    },
    understand: (exchange) => understand(exchange),
    ...judgement,
    readBody: createReadBody({
      isNeeded: (operation) =>
        needsBody(operation, bodyNeeds) || (isDetailed && isDescribed(operation.action)),
      maxBytes: config.maxInspectedBody,
      receive: receiveBody,
    }),
    forward: isDetailed ? withAnswers(createForward(engine)) : createForward(engine),
    hijack: createHijack(engine, relayResponse),
    refuse,
  });
  const door: Omit<DoorDeps, 'handle'> = {
    log,
    trail,
    identify: (socket) => identification.identify(socket, now()),
    onAdmitted: (socket, connection) => {
      live.add(socket, connection);
      const { identity } = connection;
      if (identity.fingerprint !== undefined) upkeep.seen(identity);
    },
  };
  const front = new Front(config, material.credentials, {
    ...door,
    handle,
    inheritance,
    identifyLocal: identification.identifyLocal,
    handshakes: meters?.handshakes,
  });
  const stopAll = (graceMs: number): Promise<void> =>
    stopServers({ listeners: front.listeners, sockets: front.sockets, inFlight, graceMs });

  const upkeep = startUpkeep(material, {
    config,
    log,
    trail,
    now,
    standing,
    since,
    mayRenew: () => !upgrading,
    apply: ({ credentials, trust }) => {
      front.swap(credentials);
      monitor?.swap(credentials);
      identification.replace(trust);
      live.sweep();
    },
  });
  if (meters !== undefined) {
    // Loaded when needed: most gates are not watched from here.
    const { watchGate } = await import('./watch.ts');
    monitor = watchGate(config, {
      ...{ door, now, meters, front, live, upkeep, policy, engine, identification, pageOf },
      ...{ trail: written, audit, stages: { ...judgement, refuse } },
      isStopping: () => stopping,
      inheritance,
    });
  }
  let metrics: ListenAddress | undefined;
  try {
    await front.listen();
    metrics = await monitor?.listen();
  } catch (error) {
    front.removeNames();
    upkeep.close();
    await stopAll(0);
    await monitor?.stop();
    policy?.close();
    audit.close();
    throw error;
  }
  const { addresses, localSockets } = front;
  const listen = [...addresses.map(addressText), ...localSockets.map((path) => `unix://${path}`)];
  trail.gate('gate-start', { listen, daemon: config.dockerSocket, previous: deps.previous });
  announce(log, front, config, daemonProblem);
  if (metrics !== undefined) {
    const address = `tcp://${addressText(metrics)}`;
    log.info({ metrics: address }, 'health, metrics and the read-only view');
  }

  const stop = async (graceMs = config.shutdownTimeoutMs): Promise<void> => {
    if (front.isHeldElsewhere && graceMs > 0) {
      // Whoever connects from now on is served by the next process: a call that is on its way has to be served here.
      front.release();
      await drain(front, hasteOf(graceMs));
      graceMs = 0;
    }
    stopping = true;
    front.removeNames();
    policy?.close();
    await stopAll(graceMs);
    await monitor?.stop();
    upkeep.close();
    live.close();
    exits.close();
    if (!audit.open) return;
    trail.gate('gate-stop', { suppressed: front.drainSuppressed() || undefined, successor });
    engine.close();
    audit.close();
  };
  return {
    addresses,
    localSockets,
    metrics,
    upgrade: async (program, onReady = () => Promise.resolve()) => {
      if (stopping || upgrading) {
        log.warn('this gate stops, or hands over already: SIGUSR1 changes nothing');
        return false;
      }
      upgrading = true;
      successor = await handOver(program, { log, trail, front, monitor }, (pid) =>
        stopping ? Promise.reject(new Error('this gate was stopped meanwhile')) : onReady(pid),
      );
      if (successor !== undefined) {
        const watchers = monitor && drain(monitor, WATCHERS);
        const isDone = await drain(front, patienceOf(config.upgradeTimeoutMs));
        await watchers;
        if (!isDone) log.warn('--upgrade-timeout is over: what still goes on is cut');
        await stop(0);
      }
      upgrading = false;
      return successor !== undefined;
    },
    reload: async (cause) => {
      policy?.reload(cause);
      await upkeep.reload(cause);
    },
    stop,
    isListening: () => stopping || upgrading || front.isListening,
    reopenLog: () => {
      audit.reopen();
    },
  };
}

/** @throws CommandError where the policy that was asked for cannot be had. */
function policyOf(
  { policyFile }: Config,
  log: Log,
  onReload: (cause: string, problem: string | undefined) => void,
): PolicyFile | undefined {
  return policyFile === undefined ? undefined : openPolicy({ file: policyFile, log, onReload });
}

function announce(
  log: Log,
  { addresses, localSockets, unserved }: Front,
  config: Config,
  daemonProblem: string | undefined,
): void {
  for (const address of addresses) {
    log.info({ address: `tcp://${addressText(address)}` }, 'listening');
  }
  for (const socket of localSockets) log.info({ address: `unix://${socket}` }, 'listening');
  for (const { number, name } of unserved) {
    log.warn(
      `fd://${number} (${name}) was handed over, and no --host takes it: who connects there waits`,
    );
  }
  if (config.policyFile === undefined) {
    if (addresses.length > 0) {
      log.warn('no policy: every valid client certificate is root on this host, as with dockerd');
    }
    if (localSockets.length > 0) {
      log.warn('no policy: whoever may connect to the unix socket is root on this host');
    }
  }
  if (daemonProblem !== undefined) {
    log.warn(
      { socket: config.dockerSocket, code: daemonProblem },
      'the Docker daemon cannot be reached yet; calls get 502 until it is up',
    );
  }
}
