import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** A stream in memory, for code that uses no more of a TLS socket than a stream has. */
export function asTlsSocket(stream: Duplex): TLSSocket {
  const socket: unknown = stream;
  return socket as TLSSocket;
}

/** A socket of which only these properties are asked. */
export function socketWith(properties: Partial<Socket>): Socket {
  const socket: unknown = properties;
  return socket as Socket;
}
