import { TLSSocket } from 'node:tls';
import { afterEach, expect, it, vi } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([200, 502])('leaves none for each of a hundred calls answered %i', async (status) => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  if (status === 502) await daemon.stop();
  const client = await connect();
  const call = async (): Promise<void> => {
    expect((await client.call('GET', '/_ping')).status).toBe(status);
  };
  // The gate's own side of the connection is what listens for its end at each call.
  const once = vi.spyOn(TLSSocket.prototype, 'once');
  await call();
  const sockets = once.mock.contexts.filter((each) => each instanceof TLSSocket);
  const listening = sockets.filter((socket) => socket.listenerCount('close') > 0);
  const counts = (): number[] => listening.map((socket) => socket.listenerCount('close'));
  const before = counts();
  expect(before.length).toBeGreaterThan(0);
  for (let at = 0; at < 100; at += 1) await call();
  const grown = counts().map((count, at) => count - (before[at] ?? 0));
  expect(Math.max(...grown)).toBeLessThan(3);
});
