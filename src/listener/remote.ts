import type { Socket } from 'node:net';

/** The peer's address and port, IPv6 in brackets; `unknown` once the socket is gone. */
export function remoteOf(socket: Socket): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return 'unknown';
  // A dual-stack listener shows IPv4 peers as mapped addresses.
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return address.includes(':') ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
}
