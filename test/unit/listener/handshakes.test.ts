import { EventEmitter } from 'node:events';
import { Server } from 'node:https';
import { setImmediate as nextRound } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beginHandshakesInTurns, type Shares } from '../../../src/listener/handshakes.ts';

class FakeSocket extends EventEmitter {
  destroyed = false;
  readonly remoteAddress: string;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const [HERE, THERE, ELSEWHERE] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];

/** A server that keeps no connection of its own, and what it did with those that came. */
function serverInTurns({ perSecond, now = () => 0 }: Shares = { perSecond: 0 }) {
  const server = new Server();
  server.removeAllListeners('connection');
  const begun: FakeSocket[] = [];
  server.on('connection', (socket: FakeSocket) => begun.push(socket));
  beginHandshakesInTurns(server, { perSecond, now });
  const come = (count: number, from = HERE): FakeSocket[] => {
    const sockets = Array.from({ length: count }, () => new FakeSocket(from));
    for (const socket of sockets) server.emit('connection', socket);
    return sockets;
  };
  const begunFrom = (address: string): number =>
    begun.filter(({ remoteAddress }) => remoteAddress === address).length;
  return { server, begun, come, begunFrom };
}

it('begins the handshake of one that comes alone at once', () => {
  const { begun, come } = serverInTurns();
  expect(come(1)).toEqual(begun);
});

it('begins two in a round of the event loop, and all of them in their order', async () => {
  const { begun, come } = serverInTurns();
  const sockets = come(7);
  const counts = [begun.length];
  while (begun.length < 7) {
    await nextRound();
    counts.push(begun.length);
  }
  expect(counts).toEqual([2, 4, 6, 7]);
  expect(begun).toEqual(sockets);
});

it('puts one that comes later behind those that wait', async () => {
  const { begun, come } = serverInTurns();
  const first = come(5);
  await nextRound();
  const later = come(1);
  while (begun.length < 6) await nextRound();
  expect(begun).toEqual([...first, ...later]);
});

it('forgets one that goes while it waits, whatever it went of', async () => {
  const { begun, come } = serverInTurns();
  const sockets = come(4);
  const [, , gone = new FakeSocket(HERE), last] = sockets;
  gone.destroyed = true;
  gone.emit('error', new Error('read ECONNRESET'));
  while (begun.at(-1) !== last) await nextRound();
  expect(begun).not.toContain(gone);
});

it('keeps nothing of those that go while they wait', async () => {
  const { begun, come } = serverInTurns();
  const [first] = come(2);
  const gone = come(20_000);
  for (const socket of gone) socket.destroy();
  const [last] = come(1, THERE);
  await nextRound();
  expect(begun).toEqual([first, expect.anything(), last]);
});

it('does nothing for one that was closed by whoever heard of it first', () => {
  const { begun, server } = serverInTurns();
  const socket = new FakeSocket(HERE);
  socket.destroyed = true;
  server.emit('connection', socket);
  expect(begun).toEqual([]);
});

it('lets those who come from different addresses take turns', async () => {
  const { begun, come } = serverInTurns();
  come(20, HERE);
  const [other] = come(1, THERE);
  await nextRound();
  expect(begun).toContain(other);
  expect(begun.length).toBe(4);
});

describe('a share for each address', () => {
  let clock = 0;
  const share = { perSecond: 10, now: () => clock };
  /** Lets time pass, and the event loop go round. */
  const pass = async (ms: number): Promise<void> => {
    clock += ms;
    vi.advanceTimersByTime(ms);
    for (let round = 0; round < 40; round += 1) await nextRound();
  };

  beforeEach(() => {
    clock = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is no limit for one that is alone', async () => {
    const { come, begunFrom } = serverInTurns(share);
    come(50);
    await pass(0);
    expect(begunFrom(HERE)).toBe(50);
  });

  it('holds one that is not to what it has in a second, and all get their turn', async () => {
    const { come, begunFrom } = serverInTurns(share);
    come(1, THERE);
    come(35, HERE);
    await pass(0);
    expect(begunFrom(HERE)).toBe(10);
    await pass(100);
    expect(begunFrom(HERE)).toBe(11);
    await pass(1_000);
    expect(begunFrom(HERE)).toBe(21);
    for (let tenth = 0; tenth < 14; tenth += 1) await pass(100);
    expect(begunFrom(HERE)).toBe(35);
  });

  it('leaves others their own', async () => {
    const { come, begunFrom } = serverInTurns(share);
    come(1, THERE);
    come(35, HERE);
    await pass(0);
    come(5, ELSEWHERE);
    await pass(0);
    expect(begunFrom(ELSEWHERE)).toBe(5);
    expect(begunFrom(HERE)).toBe(10);
  });

  it('counts what one has taken while it was alone', async () => {
    const { come, begunFrom } = serverInTurns(share);
    come(20, HERE);
    await pass(0);
    come(1, THERE);
    come(5, HERE);
    await pass(0);
    expect(begunFrom(HERE)).toBe(20);
    expect(begunFrom(THERE)).toBe(1);
    await pass(100);
    expect(begunFrom(HERE)).toBe(21);
  });

  it('is not had again by leaving', async () => {
    const { come, begunFrom } = serverInTurns(share);
    come(1, THERE);
    const first = come(10, HERE);
    await pass(0);
    for (const socket of first) socket.destroy();
    come(5, HERE);
    await pass(0);
    expect(begunFrom(HERE)).toBe(10);
    await pass(100);
    expect(begunFrom(HERE)).toBe(11);
  });

  it('ends when the others have gone', async () => {
    const { come, begunFrom } = serverInTurns(share);
    const [other] = come(1, THERE);
    come(35, HERE);
    await pass(0);
    other?.destroy();
    await pass(100);
    expect(begunFrom(HERE)).toBe(35);
  });

  it('has the same whatever number of addresses came and went', async () => {
    const { come, begunFrom } = serverInTurns(share);
    come(1, THERE);
    come(20, HERE);
    await pass(0);
    for (let at = 0; at < 2_500; at += 1) {
      const address = `198.51.${Math.trunc(at / 250)}.${at % 250}`;
      for (const socket of come(1, address)) socket.destroy();
    }
    await pass(0);
    expect(begunFrom(HERE)).toBe(10);
  });
});
