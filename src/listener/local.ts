import http from 'node:http';
import type { Socket } from 'node:net';
import { CallError, toCallError } from '../errors.ts';
import type { Connection } from '../exchange.ts';
import { userKey, type LocalIdentity } from '../identity/types.ts';
import { Admitted } from './admitted.ts';
import { capConnections, type Capacity, type ConnectionCaps } from './caps.ts';
import type { ConnectionEvents } from './http-connection.ts';
import { httpOptions, listenerOn, type Listener } from './http-server.ts';
import { refusePeer } from './refusal.ts';

/** What the listener of a unix socket tells. */
export interface LocalEvents extends ConnectionEvents {
  /** Told of each connection, before it speaks HTTP. */
  readonly onAdmitted: (socket: Socket, connection: Connection) => void;
  /** Told of each refusal. */
  readonly onRefused: (remote: string, tls: undefined, reason: string) => void;
}

/** What stands in place of a peer's address. */
const REMOTE = 'local';

/**
 * The HTTP server on a unix socket. Who may connect is what the kernel says by the socket's owner and mode;
 * everything after that is as for TLS connections.
 *
 * @param identity of everybody who comes in here.
 */
export function createLocalListener(
  identity: LocalIdentity,
  caps: ConnectionCaps,
  { onRefused, ...events }: LocalEvents,
): Listener {
  const server = http.createServer(httpOptions());
  const refused = (reason: string): void => {
    onRefused(REMOTE, undefined, reason);
  };
  const capacity = capConnections(server, caps, (_remote, _tls, reason) => {
    refused(reason);
  });
  const admitted = new Admitted(events);
  const connection = { remote: REMOTE, identity };
  // As with TLS: the server's own listener is called for those who were admitted, and nothing can forget to ask.
  const [count, ...speakHttp] = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    count?.call(server, socket);
    if (capacity.isSurplus(socket)) return;
    try {
      admit(socket, connection, capacity);
    } catch (thrown) {
      const error = toCallError(thrown);
      refused(error.message);
      refusePeer(socket, error);
      return;
    }
    admitted.add(socket, connection);
    events.onAdmitted(socket, connection);
    for (const listener of speakHttp) listener.call(server, socket);
  });
  return listenerOn(server, admitted);
}

/** @throws CallError for a peer that has an address: no network may lead here, whatever socket was given. */
function admit(socket: Socket, { identity }: Connection, capacity: Capacity): void {
  if (socket.remoteAddress !== undefined || socket.localAddress !== undefined) {
    throw new CallError('CERTIFICATE_REFUSED', 'access refused: this is no unix socket');
  }
  capacity.admit(userKey(identity), identity.user, socket);
}
