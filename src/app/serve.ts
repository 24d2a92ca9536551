import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { createTrail, type Trail } from '../audit/trail.ts';
import { openLog } from '../audit/writer.ts';
import type { Config, ListenAddress } from '../config/schema.ts';
import { createEngine } from '../engine/engine.ts';
import { CallError } from '../errors.ts';
import { createForward } from '../forward/forward.ts';
import { relayResponse } from '../forward/response.ts';
import { createHijack } from '../hijack/hijack.ts';
import { confirmIdentity, identifyPeer } from '../identity/identify.ts';
import { createListener, type ListenerEvents } from '../listener/listener.ts';
import { RateLimit } from '../listener/rate.ts';
import { createPipeline } from '../pipeline.ts';
import { understand } from '../understand/understand.ts';
import { readCredentials } from './credentials.ts';
import { checkDockerSocket } from './docker-socket.ts';
import { InFlight } from './in-flight.ts';
import { addressText, listen } from './listen.ts';
import type { Log } from './log.ts';
import { createRefuse } from './refuse.ts';
import { stopServers } from './shutdown.ts';

/** What a gate gets from outside, besides its configuration. */
export interface GateDeps {
  readonly log: Log;
  /** ms since the epoch. */
  readonly now?: () => number;
}

/** A gate that is running. */
export interface Gate {
  /** Where it listens, with the ports that were taken. */
  readonly addresses: readonly ListenAddress[];
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
  const { log, now = Date.now } = deps;
  const credentials = readCredentials(config.tls, now());
  const daemonProblem = checkDockerSocket(config.dockerSocket);
  const writer = openLog(config.auditLog);
  const trail = createTrail(writer, now);
  const engine = createEngine(config.dockerSocket);
  const inFlight = new InFlight();
  let stopping = false;

  const onExchange = createPipeline({
    open: (exchange) => inFlight.track(trail.call(exchange)),
    identify: ({ connection }) => {
      if (stopping) throw new CallError('STOPPING', 'this gate is stopping; try again later');
      confirmIdentity(connection.identity, now());
    },
    understand,
    forward: createForward(engine),
    hijack: createHijack(engine, relayResponse),
    refuse: createRefuse(log),
  });
  const events = peerEvents(trail, onExchange);

  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const addresses: ListenAddress[] = [];
  for (const address of config.listen) {
    const server = createListener(credentials, events);
    track(server, sockets);
    servers.push(server);
    addresses.push(await listen(server, address));
  }
  trail.gate('gate-start', { listen: addresses.map(addressText), daemon: config.dockerSocket });
  announce(log, addresses, config, daemonProblem);

  return {
    addresses,
    stop: async (graceMs = config.shutdownTimeoutMs) => {
      stopping = true;
      await stopServers({ servers, sockets, inFlight, graceMs });
      if (!writer.open) return;
      trail.gate('gate-stop', {});
      engine.close();
      writer.close();
    },
  };
}

/** Refused peers are logged, at most so many at a time: whoever is refused costs no disk. */
function peerEvents(trail: Trail, onExchange: ListenerEvents['onExchange']): ListenerEvents {
  const limit = new RateLimit(20, 10_000, () => performance.now());
  return {
    identify: identifyPeer,
    onRefused: (remote, tls, reason) => {
      const suppressed = limit.take();
      if (suppressed === undefined) return;
      trail.peerRefused({ remote, tls, reason, suppressed: suppressed || undefined });
    },
    onMalformed: (connection, reason) => {
      trail.malformed(connection, reason);
    },
    onExchange,
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
  log.warn('no policy: every valid client certificate is root on this host, as with dockerd');
  if (daemonProblem !== undefined) {
    log.warn(
      { socket: config.dockerSocket, code: daemonProblem },
      'the Docker daemon cannot be reached yet; calls get 502 until it is up',
    );
  }
}
