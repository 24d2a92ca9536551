import { expect, it } from 'vitest';
import { useGate, type TestGate } from '../support/gate.ts';
import type { RawClient } from '../support/raw-client.ts';

const start = useGate();

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

/** Whatever the connection left that could be resumed: tickets that came, and the session itself. */
function sessionsOf(client: RawClient): Buffer[] {
  const own = client.socket.getSession();
  return own === undefined ? client.sessions : [...client.sessions, own];
}

async function refusedSessions({ connect }: TestGate, tls: (typeof VERSIONS)[number]) {
  const client = await connect({ tls, leaf: undefined });
  await client.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
  expect((await client.readAnswer()).status).toBe(403);
  return sessionsOf(client);
}

it.each(VERSIONS)('after a refusal, nothing of the session gets anyone in: %s', async (tls) => {
  const gate = await start();
  const sessions = await refusedSessions(gate, tls);
  for (const session of sessions) {
    const client = await gate.connect({ tls, leaf: undefined, session });
    expect(client.socket.isSessionReused()).toBe(false);
    await client.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
    expect((await client.readAnswer()).status).toBe(403);
  }
  expect(gate.daemon.connections.all).toHaveLength(0);
});

it.each(VERSIONS)('after a success, the next connection is a full handshake: %s', async (tls) => {
  const gate = await start();
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const first = await gate.connect({ tls });
  await first.call('GET', '/_ping');
  for (const session of sessionsOf(first)) {
    const client = await gate.connect({ tls, session });
    expect(client.socket.isSessionReused()).toBe(false);
    expect((await client.call('GET', '/_ping')).status).toBe(200);
  }
});

it.each(VERSIONS)('a session with a certificate lets no one in without one: %s', async (tls) => {
  const gate = await start();
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const first = await gate.connect({ tls });
  await first.call('GET', '/_ping');
  for (const session of sessionsOf(first)) {
    const client = await gate.connect({ tls, leaf: undefined, session });
    await client.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
    expect((await client.readAnswer()).status).toBe(403);
  }
  expect(gate.daemon.calls.all).toHaveLength(1);
});
