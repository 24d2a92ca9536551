import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { systemCode } from '../errors.ts';
import { admitIdentified, type Doorkeeper } from './admission.ts';
import { capConnections, type ConnectionCaps } from './caps.ts';
import { HttpConnection, IDLE_MS, type Arrival, type ConnectionEvents } from './http-connection.ts';
import { remoteOf, tcpSocketOf } from './remote.ts';
import { tlsOptions, type Credentials } from './tls.ts';

/** What the listener asks and tells. */
export type ListenerEvents = Doorkeeper & ConnectionEvents;

/** Go's limit for a request head, which real clients need for registry credentials. */
const MAX_HEAD_BYTES = 1024 * 1024;
const HEAD_MS = 10_000;

const LIMITS = {
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
} as const;

/**
 * The HTTPS server that callers reach: mutual TLS, then {@link admitIdentified}, then HTTP/1.1.
 * Every request, in whatever form Node hands it over, becomes one exchange of its connection.
 */
export function createListener(
  credentials: Credentials,
  caps: ConnectionCaps,
  events: ListenerEvents,
): https.Server {
  const server = https.createServer({
    ...tlsOptions(credentials),
    ...LIMITS,
    allowHalfOpen: false,
  });
  // Node would silently drop headers beyond a count; the limit here is the size of the head.
  server.maxHeadersCount = 0;
  const capacity = capConnections(server, caps, events.onRefused);
  const connections = new WeakMap<object, HttpConnection>();
  // A connection that fails before it is identified takes its address with it.
  const addresses = new WeakMap<object, string>();
  server.prependListener('connection', (socket: Socket) => {
    addresses.set(socket, remoteOf(socket));
  });
  admitIdentified(server, events, capacity, (socket, connection) => {
    connections.set(socket, new HttpConnection(connection, socket, events));
  });

  const arrive = (arrival: Arrival): void => {
    const { socket } = arrival.request;
    const connection = connections.get(socket);
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
    const connection = connections.get(socket);
    if (connection === undefined) socket.destroy();
    else connection.refuse(error);
  });
  server.on('tlsClientError', (error, socket) => {
    const remote = addresses.get(tcpSocketOf(socket)) ?? 'unknown';
    // Closed by us at once, and reported already.
    if (capacity.isSurplus(tcpSocketOf(socket))) return;
    events.onRefused(remote, undefined, `TLS handshake failed: ${systemCode(error)}`);
  });
  return server;
}
