import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { refusePeer } from '../../../src/listener/refusal.ts';
import { CallError } from '../../../src/errors.ts';
import { asTlsSocket } from '../helpers/sockets.ts';
import { connection, settled, textOf } from '../helpers/streams.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A refused peer, and the gate's end of its connection. */
function refused() {
  const [peer, socket] = connection();
  refusePeer(asTlsSocket(socket), new CallError('CERTIFICATE_REFUSED', 'access refused: because'));
  return { peer, socket };
}

const ANSWER =
  /^HTTP\/1\.1 403 Forbidden\r\nContent-Type: application\/json\r\n[^]*"access refused: because"/;

describe('refusePeer', () => {
  it('says nothing until the peer has sent something', async () => {
    const { peer } = refused();
    await settled();
    expect(peer.read()).toBeNull();
  });

  it('answers the first bytes, whatever they are, once', async () => {
    const { peer } = refused();
    const answer = textOf(peer);
    peer.write('\0');
    peer.write('GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n');
    expect(await answer).toMatch(ANSWER);
    expect((await answer).match(/HTTP\/1\.1 403/g)).toHaveLength(1);
  });

  it('answers a silent peer after 5 s', async () => {
    const { peer } = refused();
    vi.advanceTimersByTime(4_999);
    await settled();
    expect(peer.read()).toBeNull();
    const answer = textOf(peer);
    vi.advanceTimersByTime(1);
    expect(await answer).toMatch(ANSWER);
  });

  it('answers a peer that ends without a word', async () => {
    const { peer, socket } = refused();
    const answer = textOf(peer);
    socket.resume();
    peer.end();
    expect(await answer).toMatch(ANSWER);
  });

  it('closes once the peer has ended too, and leaves no timer behind', async () => {
    const { peer, socket } = refused();
    peer.resume();
    peer.end('GET / HTTP/1.1\r\n\r\n');
    await settled();
    expect(socket.destroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('closes hard on a peer that goes on sending, 10 s after the answer', async () => {
    const { peer, socket } = refused();
    peer.resume();
    peer.write('x');
    await settled();
    vi.advanceTimersByTime(9_999);
    expect(socket.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(socket.destroyed).toBe(true);
  });

  it('answers with the status of the refusal', async () => {
    const [peer, socket] = connection();
    refusePeer(asTlsSocket(socket), new CallError('TOO_MANY', 'too many'));
    const answer = textOf(peer);
    peer.write('x');
    expect(await answer).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n[^]*"too many"/);
  });

  it('survives a peer that breaks off, and leaves no timer behind', async () => {
    const { socket } = refused();
    socket.destroy(new Error('read ECONNRESET'));
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
