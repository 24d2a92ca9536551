import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { ATTACH, openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

it('says who did what, from where, with what result', async () => {
  const { daemon, audit, connect, alice } = await start();
  daemon.on('POST /containers/create', async (call) => {
    await call.body.readAll();
    await call.answer(201, [], '{"Id":"abc"}');
  });
  const client = await connect({ tls: 'TLSv1.3' });
  await client.call('POST', '/v1.41/containers/create?name=web', {
    headers: [['Content-Type', 'application/json']],
    body: '{"Image":"x"}',
  });

  const line = await audit.next({ event: 'call' });
  expect(line).toMatchObject({
    user: 'alice',
    serial: alice.serial,
    fingerprint: alice.fingerprint.replaceAll(':', '').toLowerCase(),
    remote: `127.0.0.1:${client.localPort}`,
    tls: 'TLSv1.3',
    method: 'POST',
    path: '/v1.41/containers/create',
    query: { name: 'web' },
    action: 'container.create',
    status: 201,
    bytes_in: 13,
    bytes_out: 12,
    end: 'complete',
  });
  expect(line['id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(line['duration_ms']).toBeGreaterThan(0);
  expect(Date.parse(String(line['time']))).toBeGreaterThan(Date.now() - 60_000);
});

it('writes one line for each of many calls on one connection, each with its own id', async () => {
  const { daemon, audit, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect();
  for (let turn = 0; turn < 5; turn += 1) await client.call('GET', '/_ping');
  for (let turn = 0; turn < 5; turn += 1)
    await audit.next({ event: 'call', action: 'system.ping' });

  expect(audit.having({ event: 'call' })).toHaveLength(5);
  expect(new Set(audit.all.map((line) => line['id'])).size).toBeGreaterThanOrEqual(5);
});

it('writes a line at the start and one at the end of a hijacked call, of the same id', async () => {
  const { daemon, audit, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon, ATTACH);
  const begun = await audit.next({ event: 'intent' });
  expect(begun).toMatchObject({ action: 'container.attach', user: 'alice' });
  expect(audit.having({ event: 'call' })).toHaveLength(0);

  await client.send('12345');
  client.end();
  await container.readAll();
  await container.write('123');
  container.end();
  await client.source.readAll();

  const ended = await audit.next({ event: 'call' });
  expect(ended).toMatchObject({ status: 101, bytes_in: 5, bytes_out: 3, end: 'complete' });
  expect(ended['id']).toBe(begun['id']);
});

it.each(['/events', '/containers/x/logs?follow=1&stdout=1', '/containers/x/stats'])(
  'writes a line at the start of a long stream: GET %s',
  async (target) => {
    const { daemon, audit, connect } = await start();
    const client = await connect();
    await client.send(`GET ${target} HTTP/1.1\r\nHost: d\r\n\r\n`);
    await daemon.nextCall();
    expect(await audit.next({ event: 'intent' })).toMatchObject({ method: 'GET' });
  },
);

it('says client-gone where the client went away', async () => {
  const { daemon, audit, connect } = await start();
  const client = await connect();
  await client.send('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
  const call = await daemon.nextCall();
  await call.start('chunked');
  await client.readHead();
  client.destroy();

  expect(await audit.next({ event: 'call' })).toMatchObject({ status: 200, end: 'client-gone' });
});

it('says daemon-gone where the daemon broke off', async () => {
  const { daemon, audit, connect } = await start();
  const client = await connect();
  await client.send('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
  const call = await daemon.nextCall();
  await call.start('chunked');
  await client.readHead();
  call.breakOff();

  expect(await audit.next({ event: 'call' })).toMatchObject({ status: 200, end: 'daemon-gone' });
});

it('says refused, and why, where the gate refused', async () => {
  const { audit, connect } = await start();
  const client = await connect();
  await client.call('GET', '/v1.41//info');

  const line = await audit.next({ event: 'call' });
  expect(line).toMatchObject({ status: 400, end: 'refused', user: 'alice', path: '/v1.41//info' });
  expect(line['reason']).toEqual(expect.any(String));
});

it('writes a line for a call that no daemon answered', async () => {
  const { daemon, audit, connect } = await start();
  await daemon.stop();
  const client = await connect();
  await client.call('GET', '/info');

  const line = await audit.next({ event: 'call', action: 'system.info' });
  expect(line).toMatchObject({ status: 502 });
  expect(line['reason']).toContain('ENOENT');
});

// What Node's parser refuses never becomes a call of the pipeline; it has its line all the same.
it.each(['GET /info HTTP/1.1\r\nHost d\r\n\r\n', 'NOT HTTP\r\n\r\n'])(
  'writes a line for a request that is no HTTP: %j',
  async (bytes) => {
    const { audit, connect } = await start();
    const client = await connect();
    await client.send(bytes);
    expect((await client.readAnswer()).status).toBe(400);

    expect(await audit.next({ end: 'refused' })).toMatchObject({ user: 'alice', status: 400 });
  },
);
