import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { toCallError } from '../errors.ts';
import type { Connection } from '../exchange.ts';
import { userKey, type Identity } from '../identity/types.ts';
import type { Capacity } from './caps.ts';
import { refusePeer } from './refusal.ts';
import { remoteOf, tcpSocketOf } from './remote.ts';

/** What the listener asks and tells about peers. */
export interface Doorkeeper {
  /** Who the peer is; throws a CallError for everyone who may not speak HTTP. */
  readonly identify: (socket: TLSSocket) => Identity;
  /** Told of each connection that may speak HTTP, before it does. */
  readonly onAdmitted: (socket: TLSSocket, connection: Connection) => void;
  /** Told of each refusal. */
  readonly onRefused: (remote: string, tls: string | undefined, reason: string) => void;
}

/**
 * Puts the doorkeeper between TLS and HTTP: a peer that is not identified never reaches the HTTP
 * parser. Works by taking the server's own `secureConnection` listeners away and calling them for
 * identified peers only, so nothing can forget to ask.
 *
 * @param onAdmitted told of each connection before it speaks HTTP.
 */
export function admitIdentified(
  server: Server,
  doorkeeper: Doorkeeper,
  capacity: Capacity,
  onAdmitted: (socket: TLSSocket, connection: Connection) => void,
): void {
  const speakHttp = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.allowHalfOpen = true;
    tcpSocketOf(socket).allowHalfOpen = true;
    const remote = remoteOf(socket);
    const tls = socket.getProtocol() ?? 'unknown';
    try {
      const identity = doorkeeper.identify(socket);
      capacity.admit(userKey(identity), identity.user, socket);
      const connection = { remote, tls, cipher: socket.getCipher().standardName, identity };
      onAdmitted(socket, connection);
      doorkeeper.onAdmitted(socket, connection);
    } catch (thrown) {
      const error = toCallError(thrown);
      doorkeeper.onRefused(remote, tls, error.message);
      refusePeer(socket, error);
      return;
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    for (const listener of speakHttp) listener.call(server, socket);
  });
}

/** TCP keep-alive finds peers that vanished without a word, ms of silence before the first probe. */
const KEEP_ALIVE_MS = 30_000;
