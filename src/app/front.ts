import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Trail } from '../audit/trail.ts';
import type { Config, ListenAddress } from '../config/schema.ts';
import type { Exchange } from '../exchange.ts';
import type { ConnectionCaps } from '../listener/caps.ts';
import { createListener, type ListenerEvents } from '../listener/listener.ts';
import { RateLimit } from '../listener/rate.ts';
import { tlsOptions, type Credentials } from '../listener/tls.ts';
import { listen } from './listen.ts';
import type { Log } from './log.ts';

/** What the front asks and tells. */
export interface FrontDeps {
  readonly log: Log;
  readonly trail: Trail;
  readonly identify: ListenerEvents['identify'];
  readonly onAdmitted: ListenerEvents['onAdmitted'];
  /** Carries one call to its end. */
  readonly handle: (exchange: Exchange) => Promise<void>;
}

/** Every address that the gate listens on, as one. */
export interface Front {
  readonly servers: readonly Server[];
  /** Every connection, from before its handshake to its end. */
  readonly sockets: ReadonlySet<Socket>;
  /** Opens all addresses, or none. */
  listen(undo: () => Promise<void>): Promise<ListenAddress[]>;
  /** New handshakes show and believe these; connections that are open go on. */
  swap(credentials: Credentials): void;
  /** How many refusals have not been written down. */
  drainSuppressed(): number;
}

/** Makes the servers for all addresses of a configuration; none is open yet. */
export function createFront(
  { listen: wanted, limits }: Config,
  credentials: Credentials,
  deps: FrontDeps,
): Front {
  const sockets = new Set<Socket>();
  const refusals = new RateLimit(20, 10_000, () => performance.now());
  const servers = wanted.map(() => {
    const server = createListener(credentials, capsOf(limits), listenerEvents(refusals, deps));
    track(server, sockets);
    return server;
  });
  return {
    servers,
    sockets,
    listen: (undo) =>
      listenAll(servers, wanted, {
        undo,
        opened: (server) => {
          // Such as EMFILE when accepting: the next one may be accepted again.
          server.on('error', (error) => {
            deps.log.error({ err: error }, 'the listener met an error and goes on');
          });
        },
      }),
    // All options, not only what is new: what is left out falls back to Node's defaults.
    swap: (next) => {
      for (const server of servers) server.setSecureContext(tlsOptions(next));
    },
    drainSuppressed: () => refusals.drain(),
  };
}

function capsOf({ connections, connectionsPerUser, handshakes }: Config['limits']): ConnectionCaps {
  return { total: connections, perUser: connectionsPerUser, unidentified: handshakes };
}

/** Refused peers are logged, so many of each address at a time: a flood costs no disk. */
function listenerEvents(
  refusals: RateLimit,
  { log, trail, identify, onAdmitted, handle }: FrontDeps,
): ListenerEvents {
  return {
    identify,
    onAdmitted,
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

function track(server: Server, sockets: Set<Socket>): void {
  const add = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', add);
  server.on('secureConnection', add);
}

async function listenAll(
  servers: readonly Server[],
  wanted: Config['listen'],
  { opened, undo }: { opened: (server: Server) => void; undo: () => Promise<void> },
): Promise<ListenAddress[]> {
  const addresses: ListenAddress[] = [];
  try {
    for (const [at, address] of wanted.entries()) {
      const server = servers[at];
      if (server === undefined) continue;
      addresses.push(await listen(server, address));
      opened(server);
    }
    return addresses;
  } catch (error) {
    await undo();
    throw error;
  }
}
