import { EventEmitter } from 'node:events';
import { Server } from 'node:https';
import { setImmediate as nextRound } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { beginHandshakesInTurns } from '../../../src/listener/handshakes.ts';

class FakeSocket extends EventEmitter {
  destroyed = false;
}

/** A server that keeps no connection of its own, and what it did with those that came. */
function serverInTurns() {
  const server = new Server();
  server.removeAllListeners('connection');
  const begun: FakeSocket[] = [];
  server.on('connection', (socket: FakeSocket) => begun.push(socket));
  beginHandshakesInTurns(server);
  const come = (count: number): FakeSocket[] => {
    const sockets = Array.from({ length: count }, () => new FakeSocket());
    for (const socket of sockets) server.emit('connection', socket);
    return sockets;
  };
  return { begun, come };
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
  const [, , gone = new FakeSocket(), last] = sockets;
  gone.destroyed = true;
  gone.emit('error', new Error('read ECONNRESET'));
  while (begun.at(-1) !== last) await nextRound();
  expect(begun).not.toContain(gone);
});
