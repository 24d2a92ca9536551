import type { Socket } from 'node:net';

/**
 * What a peer counts as where peers share something fairly: its IPv4 address, or the first 64 bits of its IPv6 address, of
 * which one host may have all that follow (RFC 4291 section 2.5.4). `unknown` once the socket is gone.
 */
export function sourceOf({ remoteAddress }: Pick<Socket, 'remoteAddress'>): string {
  if (remoteAddress === undefined) return 'unknown';
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  if (!address.includes(':')) return address;
  const [head = [], tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const groups = [...head];
  // One `::` stands for as many zeros as are missing of eight groups.
  if (tail !== undefined) {
    while (groups.length + tail.length < 8) groups.push('0');
    groups.push(...tail);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
