import http from 'node:http';
import type { Socket } from 'node:net';
import { CallError, toCallError } from '../errors.ts';
import type { Connection } from '../exchange.ts';
import { LOOPBACK, userKey, type MonitorIdentity } from '../identity/types.ts';
import { Admitted } from './admitted.ts';
import { capConnections, type Capacity, type ConnectionCaps } from './caps.ts';
import type { ConnectionEvents } from './http-connection.ts';
import { httpOptions, listenerOn, type Listener } from './http-server.ts';
import { refusePeer } from './refusal.ts';
import { peerText, remoteOf } from './remote.ts';

/** What the listener on loopback tells. */
export interface LoopbackEvents extends ConnectionEvents {
  /** Told of each refusal. */
  readonly onRefused: (remote: string, tls: undefined, reason: string) => void;
}

/** Requests here have no body, so the whole of one has to be there in this time, ms. */
const REQUEST_MS = 10_000;
/** No client of a page or of a list needs more. */
const MAX_HEAD_BYTES = 64 * 1024;
const MONITOR: MonitorIdentity = { user: 'monitor', ca: LOOPBACK };

/**
 * Plain HTTP for the processes of this host: health, metrics and the read-only view. There is no certificate, so
 * all who come are one user. A peer that is not on loopback is refused, whatever address was listened on.
 */
export function createLoopbackListener(
  caps: ConnectionCaps,
  { onRefused, onExchange, onMalformed }: LoopbackEvents,
): Listener {
  const server = http.createServer({
    ...httpOptions(),
    maxHeaderSize: MAX_HEAD_BYTES,
    requestTimeout: REQUEST_MS,
  });
  const capacity = capConnections(server, caps, onRefused);
  const admitted = new Admitted({ onExchange, onMalformed });
  // As with TLS: the server's own listener is called for those who were admitted, and nothing can forget to ask.
  const [count, ...speakHttp] = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    count?.call(server, socket);
    if (capacity.isSurplus(socket)) return;
    try {
      admitted.add(socket, admit(socket, capacity));
    } catch (thrown) {
      const error = toCallError(thrown);
      onRefused(remoteOf(socket), undefined, error.message);
      refusePeer(socket, error);
      return;
    }
    for (const listener of speakHttp) listener.call(server, socket);
  });
  return listenerOn(server, admitted);
}

/** @throws CallError `CERTIFICATE_REFUSED` for a peer elsewhere, `TOO_MANY` over the caps. */
function admit(socket: Socket, capacity: Capacity): Connection {
  const { remoteAddress = '', remotePort = 0 } = socket;
  const address = peerText(remoteAddress, remotePort);
  if (!/^(?:127\.\d+\.\d+\.\d+|\[::1\]):\d+$/.test(address)) {
    throw new CallError('CERTIFICATE_REFUSED', 'access refused: plaintext is for loopback only');
  }
  capacity.admit(userKey(MONITOR), MONITOR.user, socket);
  return { remote: address, identity: MONITOR };
}
