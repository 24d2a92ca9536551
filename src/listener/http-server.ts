import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Admitted } from './admitted.ts';
import { IDLE_MS, type Arrival } from './http-connection.ts';
import { requestsInTurns } from './patient-request.ts';
import { Turnstile } from './turnstile.ts';

/** Go's limit for a request head, which real clients need for registry credentials. */
const MAX_HEAD_BYTES = 1024 * 1024;
const HEAD_MS = 10_000;

/** How HTTP is read, whoever sends it; to be called for each server. */
export const httpOptions = () =>
  ({
    IncomingMessage: requestsInTurns(new Turnstile()),
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: HEAD_MS,
    keepAliveTimeout: IDLE_MS,
    // Uploads take as long as they take: only the head is on a clock.
    requestTimeout: 0,
    connectionsCheckingInterval: 1_000,
    // Refused by us, in the shape of our other refusals.
    requireHostHeader: false,
    // Not even where NODE_OPTIONS asks for it.
    insecureHTTPParser: false,
    highWaterMark: 64 * 1024,
  }) as const;

/** One server with the connections on it that were admitted. */
export interface Listener {
  readonly server: Server;
  /** From now on the next answer of every connection is its last, and says so. */
  drain(): void;
  /** Closes the connections that neither send a request nor wait for an answer. */
  closeIdle(): void;
}

/**
 * Hands every request of a server, in whatever form Node hands it over, to the connection that it
 * came on.
 *
 * @param admitted those that may speak HTTP.
 */
export function listenerOn(server: Server, admitted: Admitted): Listener {
  // Node would silently drop headers beyond a count; the limit here is the size of the head.
  server.maxHeadersCount = 0;
  const arrive = (arrival: Arrival): void => {
    const { socket } = arrival.request;
    const connection = admitted.of(socket);
    // Nobody gets here without having been identified; if somebody does, it ends here.
    if (connection === undefined) socket.destroy();
    else connection.arrive(arrival);
  };
  server.on('request', (request, response) => {
    arrive({ request, response });
  });
  server.on('checkContinue', (request, response) => {
    arrive({ request, response, expectsContinue: true });
  });
  server.on('checkExpectation', (request, response) => {
    arrive({ request, response });
  });
  server.on('upgrade', (request, socket, head) => {
    arrive({ request, upgrade: { socket, head } });
  });
  server.on('connect', (request, socket, head) => {
    arrive({ request, upgrade: { socket, head } });
  });
  server.on('clientError', (error, socket: Duplex) => {
    const connection = admitted.of(socket);
    if (connection === undefined) socket.destroy();
    else connection.refuse(error);
  });
  return {
    server,
    drain: () => {
      admitted.drain();
    },
    closeIdle: () => {
      server.closeIdleConnections();
      admitted.closeUnused();
    },
  };
}
