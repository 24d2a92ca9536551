import type { Socket } from 'node:net';

/** The peer's address and port, IPv6 in brackets; `unknown` once the socket is gone. */
export function remoteOf(socket: Socket): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return 'unknown';
  return peerText(remoteAddress, remotePort);
}

/** Address and port as one text; a dual-stack listener shows IPv4 peers as mapped addresses. */
export function peerText(remoteAddress: string, remotePort: number): string {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return address.includes(':') ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
}

/**
 * The TCP socket that a server's TLS socket was made on: the one that its `connection` event told
 * of. Node has no public name for it.
 */
export function tcpSocketOf(socket: Socket): Socket {
  return (socket as unknown as { _parent?: Socket })._parent ?? socket;
}
