import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lingerClose } from '../../../src/http/linger.ts';
import { connection, settled, textOf } from '../helpers/streams.ts';

const CAP_BYTES = 16 * 1024 * 1024;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('lingerClose', () => {
  it('lets the answer and the end of our side arrive, and goes on discarding what the peer sends', async () => {
    const [peer, socket] = connection();
    socket.write('the answer');
    lingerClose(socket, socket);
    expect(await textOf(peer)).toBe('the answer');
    for (let piece = 0; piece < 100; piece += 1) peer.write(Buffer.alloc(64 * 1024));
    await settled();
    expect(peer.writableLength).toBe(0);
    expect(socket.destroyed).toBe(false);
  });

  it('closes as soon as both sides have ended, and leaves no timer behind', async () => {
    const [peer, socket] = connection();
    lingerClose(socket, socket);
    peer.resume();
    peer.end('the rest');
    await settled();
    expect(socket.destroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not close before the answer is out, although the peer has ended', async () => {
    const [peer, socket] = connection();
    peer.end();
    socket.write(Buffer.alloc(64 * 1024));
    lingerClose(socket, socket);
    await settled();
    expect(socket.destroyed).toBe(false);
    peer.resume();
    await settled();
    expect(socket.destroyed).toBe(true);
  });

  it('closes hard after 10 s, and not a moment before', async () => {
    const [peer, socket] = connection();
    peer.resume();
    lingerClose(socket, socket);
    await settled();
    vi.advanceTimersByTime(9_999);
    expect(socket.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(socket.destroyed).toBe(true);
  });

  it('closes on a peer that sends more than 16 MiB, and not on one that sends just that', async () => {
    const [peer, socket] = connection();
    peer.resume();
    lingerClose(socket, socket);
    peer.write(Buffer.alloc(CAP_BYTES));
    await settled();
    expect(socket.destroyed).toBe(false);
    peer.write('x');
    await settled();
    expect(socket.destroyed).toBe(true);
  });

  it('closes when the peer breaks off', async () => {
    const [, socket] = connection();
    const request = new PassThrough();
    lingerClose(socket, request);
    request.destroy(new Error('aborted'));
    await settled();
    expect(socket.destroyed).toBe(true);
  });

  it('waits for the end of the request on the connection, where it is given that', async () => {
    const [peer, socket] = connection();
    const request = new PassThrough();
    peer.resume();
    lingerClose(socket, request);
    request.write('more of the upload');
    await settled();
    expect(socket.destroyed).toBe(false);
    request.end();
    await settled();
    expect(socket.destroyed).toBe(true);
  });

  it('closes once our end is out, where the request has been read to its end before', async () => {
    const [peer, socket] = connection();
    const request = new PassThrough();
    request.end();
    request.resume();
    await settled();
    peer.resume();
    lingerClose(socket, request);
    await settled();
    expect(socket.destroyed).toBe(true);
  });

  it('does nothing to a connection that is gone', () => {
    const [, socket] = connection();
    socket.destroy();
    lingerClose(socket, socket);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('clears its timer when the connection goes by itself', async () => {
    const [, socket] = connection();
    lingerClose(socket, socket);
    expect(vi.getTimerCount()).toBe(1);
    socket.destroy();
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('survives being asked twice', async () => {
    const [peer, socket] = connection();
    peer.resume();
    lingerClose(socket, socket);
    lingerClose(socket, socket);
    peer.end();
    await settled();
    expect(socket.destroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
