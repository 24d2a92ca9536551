import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { createTrail, type Trail } from '../audit/trail.ts';
import { openLog } from '../audit/writer.ts';
import type { Config, ListenAddress } from '../config/schema.ts';
import { createEngine } from '../engine/engine.ts';
import { CallError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { createForward } from '../forward/forward.ts';
import { relayResponse } from '../forward/response.ts';
import { createHijack } from '../hijack/hijack.ts';
import { receiveBody } from '../hijack/receive.ts';
import { confirmIdentity, identifyPeer } from '../identity/identify.ts';
import type { ConnectionCaps } from '../listener/caps.ts';
import { createListener, type ListenerEvents } from '../listener/listener.ts';
import { RateLimit } from '../listener/rate.ts';
import { createPipeline } from '../pipeline.ts';
import { createResolver } from '../resolve/resolver.ts';
import { createReadBody } from '../understand/body.ts';
import { needsBody, type BodyNeeds } from '../understand/needs-body.ts';
import { understand } from '../understand/understand.ts';
import { readCredentials } from './credentials.ts';
import { createAsk } from './ask.ts';
import { checkDockerSocket } from './docker-socket.ts';
import { createHostPath } from './host-files.ts';
import { InFlight } from './in-flight.ts';
import { allowanceOf, createJudgement } from './judgement.ts';
import { addressText, listen } from './listen.ts';
import type { Log } from './log.ts';
import { openPolicy, type PolicyFile } from './policy.ts';
import { createRefuse } from './refuse.ts';
import { stopServers } from './shutdown.ts';
import { StreamCap } from './stream-cap.ts';
import { describeTarget } from './targets.ts';
import { Usage } from './usage.ts';

/** What a gate gets from outside, besides its configuration. */
export interface GateDeps {
  readonly log: Log;
  /** ms since the epoch. */
  readonly now?: () => number;
  /** What has to know the bodies of calls; by default nothing. */
  readonly bodyNeeds?: BodyNeeds;
}

const NOTHING: BodyNeeds = { policy: false, auditDetail: false };

/** A gate that is running. */
export interface Gate {
  /** Where it listens, with the ports that were taken. */
  readonly addresses: readonly ListenAddress[];
  /** Reads again what may change while it runs. What is bad is refused whole, and the old one stays. */
  reload(): void;
  /**
   * Stops accepting, lets calls in flight finish, cuts the rest, and ends the trail.
   *
   * @param graceMs how long the calls may take; by default what the configuration says. A second
   * call with 0 cuts at once.
   */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Puts a gate together, in the order in which a call passes it, and opens it.
 *
 * @throws CommandError where it cannot run: certificates, audit log, addresses, docker host.
 */
export async function startGate(config: Config, deps: GateDeps): Promise<Gate> {
  const { log, now = Date.now, bodyNeeds = NOTHING } = deps;
  const credentials = readCredentials(config.tls, now());
  const daemonProblem = checkDockerSocket(config.dockerSocket);
  const policy = policyOf(config, log, (problem) => {
    trail.gate('gate-reload', { policy: config.policyFile, reason: problem });
  });
  const writer = openLog(config.auditLog);
  const trail = createTrail(writer, now);
  const engine = createEngine(config.dockerSocket);
  const resolver = createResolver(createAsk(engine));
  const resolveHostPath = createHostPath(config.dockerSocket);
  const bench = () => policy && { policy: policy.current(), resolveHostPath };
  const usage = new Usage(() => performance.now());
  const inFlight = new InFlight();
  const streams = new StreamCap(config.limits.streamsPerUser);
  const refusals = new RateLimit(20, 10_000, () => performance.now());
  let stopping = false;

  const handle = createPipeline({
    open: (exchange) => {
      const { connection } = exchange;
      const ended = inFlight.track(trail.call(exchange));
      const described = bodyNeeds.auditDetail ? describeTarget(ended, resolver) : ended;
      const page = usage.track(described, () => allowanceOf(bench(), connection, now()));
      return streams.track(connection.identity.user, page);
    },
    identify: ({ connection, over }) => {
      if (over !== undefined) throw new CallError('CONNECTION_OVER', over);
      if (stopping) throw new CallError('STOPPING', 'this gate is stopping; try again later');
      confirmIdentity(connection.identity, now());
    },
    understand,
    ...createJudgement({ bench, resolver, now }),
    readBody: createReadBody({
      isNeeded: (operation) => needsBody(operation, bodyNeeds),
      maxBytes: config.maxInspectedBody,
      receive: receiveBody,
    }),
    forward: createForward(engine),
    hijack: createHijack(engine, relayResponse),
    refuse: createRefuse(log),
  });
  const sockets = new Set<Socket>();
  const servers = config.listen.map(() => {
    const events = listenerEvents(trail, refusals, handle, log);
    const server = createListener(credentials, capsOf(config.limits), events);
    track(server, sockets);
    // Such as EMFILE when accepting: the next one may be accepted again.
    server.on('error', (error) => {
      log.error({ err: error }, 'the listener met an error and goes on');
    });
    return server;
  });
  const stopAll = (graceMs: number): Promise<void> =>
    stopServers({ servers, sockets, inFlight, graceMs });

  const addresses = await listenAll(servers, config.listen, async () => {
    await stopAll(0);
    policy?.close();
    writer.close();
  });
  trail.gate('gate-start', { listen: addresses.map(addressText), daemon: config.dockerSocket });
  announce(log, addresses, config, daemonProblem);

  return {
    addresses,
    reload: () => {
      policy?.reload();
    },
    stop: async (graceMs = config.shutdownTimeoutMs) => {
      stopping = true;
      policy?.close();
      await stopAll(graceMs);
      if (!writer.open) return;
      trail.gate('gate-stop', { suppressed: refusals.drain() || undefined });
      engine.close();
      writer.close();
    },
  };
}

/** @throws CommandError where the policy that was asked for cannot be had. */
function policyOf(
  { policyFile }: Config,
  log: Log,
  onReload: (problem: string | undefined) => void,
): PolicyFile | undefined {
  return policyFile === undefined ? undefined : openPolicy({ file: policyFile, log, onReload });
}

/** Opens every server, or none. */
async function listenAll(
  servers: readonly Server[],
  wanted: Config['listen'],
  undo: () => Promise<void>,
): Promise<ListenAddress[]> {
  const addresses: ListenAddress[] = [];
  try {
    for (const [at, address] of wanted.entries()) {
      const server = servers[at];
      if (server !== undefined) addresses.push(await listen(server, address));
    }
    return addresses;
  } catch (error) {
    await undo();
    throw error;
  }
}

function capsOf({ connections, connectionsPerUser, handshakes }: Config['limits']): ConnectionCaps {
  return { total: connections, perUser: connectionsPerUser, unidentified: handshakes };
}

/** Refused peers are logged, so many of each address at a time: a flood costs no disk. */
function listenerEvents(
  trail: Trail,
  refusals: RateLimit,
  handle: (exchange: Exchange) => Promise<void>,
  log: Log,
): ListenerEvents {
  return {
    identify: identifyPeer,
    onRefused: (remote, tls, reason) => {
      const suppressed = refusals.take(remote.replace(/:\d+$/, ''));
      if (suppressed === undefined) return;
      trail.peerRefused({ remote, tls, reason, suppressed: suppressed || undefined });
    },
    onMalformed: (connection, reason) => {
      trail.malformed(connection, reason);
    },
    // The pipeline answers for every error; should it have one of its own, it costs one connection.
    onExchange: async (exchange) => {
      try {
        await handle(exchange);
      } catch (error) {
        log.error({ err: error }, 'a call could not be ended in order');
        exchange.request.socket.destroy();
      }
    },
  };
}

/** Every connection, from before its handshake to its end, so that a stop can end them all. */
function track(server: Server, sockets: Set<Socket>): void {
  const add = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', add);
  server.on('secureConnection', add);
}

function announce(
  log: Log,
  addresses: readonly ListenAddress[],
  config: Config,
  daemonProblem: string | undefined,
): void {
  for (const address of addresses) {
    log.info({ address: `tcp://${addressText(address)}` }, 'listening');
  }
  if (config.policyFile === undefined) {
    log.warn('no policy: every valid client certificate is root on this host, as with dockerd');
  }
  if (daemonProblem !== undefined) {
    log.warn(
      { socket: config.dockerSocket, code: daemonProblem },
      'the Docker daemon cannot be reached yet; calls get 502 until it is up',
    );
  }
}
