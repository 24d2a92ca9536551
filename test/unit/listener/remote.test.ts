import { describe, expect, it } from 'vitest';
import { peerText, remoteOf, tcpSocketOf } from '../../../src/listener/remote.ts';
import { socketWith } from '../helpers/sockets.ts';

/** A socket, as far as its peer's address goes. */
const from = (remoteAddress?: string, remotePort?: number) =>
  socketWith({ ...(remoteAddress && { remoteAddress }), ...(remotePort && { remotePort }) });

describe('remoteOf', () => {
  it.each([
    ['192.0.2.7', 51_234, '192.0.2.7:51234'],
    ['2001:db8::1', 1, '[2001:db8::1]:1'],
    ['::1', 65_535, '[::1]:65535'],
    ['::ffff:192.0.2.7', 2, '192.0.2.7:2'],
    ['::ffff:c000:207', 3, '[::ffff:c000:207]:3'],
    ['fe80::1%eth0', 4, '[fe80::1%eth0]:4'],
  ])('of %s, port %i, is %s', (address, port, text) => {
    expect(remoteOf(from(address, port))).toBe(text);
  });

  it('is unknown once the socket is gone', () => {
    expect(remoteOf(from())).toBe('unknown');
    expect(remoteOf(from('192.0.2.7'))).toBe('unknown');
    expect(remoteOf(from(undefined, 1))).toBe('unknown');
  });
});

describe('tcpSocketOf', () => {
  it('is the socket underneath a TLS socket, and a TCP socket itself', () => {
    const tcp = from('192.0.2.7', 51_234);
    const beneath: object = { _parent: tcp };
    expect(tcpSocketOf(socketWith(beneath))).toBe(tcp);
    expect(tcpSocketOf(tcp)).toBe(tcp);
  });
});

describe('peerText', () => {
  it('writes what the kernel tells of a connection that was dropped', () => {
    expect(peerText('::ffff:192.0.2.7', 1)).toBe('192.0.2.7:1');
    expect(peerText('unknown', 0)).toBe('unknown:0');
  });
});
