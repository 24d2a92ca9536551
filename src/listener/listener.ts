import https from 'node:https';
import type { Socket } from 'node:net';
import { systemCode } from '../errors.ts';
import { admitIdentified, type Doorkeeper } from './admission.ts';
import { Admitted } from './admitted.ts';
import { capConnections, type ListenerCaps } from './caps.ts';
import type { ConnectionEvents } from './http-connection.ts';
import { beginHandshakesInTurns } from './handshakes.ts';
import { httpOptions, listenerOn, type Listener } from './http-server.ts';
import { remoteOf, tcpSocketOf } from './remote.ts';
import { tlsOptions, type Credentials } from './tls.ts';

/** What the listener asks and tells. */
export type ListenerEvents = Doorkeeper & ConnectionEvents;

/** A listener whose credentials can be replaced. */
export interface TlsListener extends Listener {
  readonly server: https.Server;
}

/**
 * The HTTPS server that callers reach: mutual TLS, then {@link admitIdentified}, then HTTP/1.1.
 * Every request becomes one exchange of its connection.
 */
export function createListener(
  credentials: Credentials,
  caps: ListenerCaps,
  events: ListenerEvents,
): TlsListener {
  const server = https.createServer({
    ...tlsOptions(credentials),
    ...httpOptions(),
    allowHalfOpen: false,
  });
  beginHandshakesInTurns(server, { perSecond: caps.handshakesPerSecond });
  const capacity = capConnections(server, caps, events.onRefused);
  const admitted = new Admitted(events);
  // A connection that fails before it is identified takes its address with it.
  const addresses = new WeakMap<object, string>();
  server.prependListener('connection', (socket: Socket) => {
    addresses.set(socket, remoteOf(socket));
  });
  admitIdentified(server, events, capacity, (socket, connection) => {
    admitted.add(socket, connection);
  });
  server.on('tlsClientError', (error, socket) => {
    const remote = addresses.get(tcpSocketOf(socket)) ?? 'unknown';
    // Closed by us at once, and reported already.
    if (capacity.isSurplus(tcpSocketOf(socket))) return;
    events.onRefused(remote, undefined, `TLS handshake failed: ${systemCode(error)}`);
  });
  return { ...listenerOn(server, admitted), server };
}
