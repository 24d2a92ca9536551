import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

const GRACE_MS = 20_000;

it('stops accepting at once and lets a call in flight finish', async () => {
  const { daemon, connect, gate, audit } = await start();
  const client = await connect();
  await client.send('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
  const call = await daemon.nextCall();
  const stopped = gate.stop(GRACE_MS);
  await expect(connect()).rejects.toThrow(/ECONNREFUSED/);
  await call.answer(200, [], 'finished');

  expect((await client.readAnswer()).body.toString()).toBe('finished');
  await within(GRACE_MS / 2, stopped);
  expect(await audit.next({ event: 'call' })).toMatchObject({ status: 200, end: 'complete' });
});

it('lets a tunnel in flight finish, both ways', async () => {
  const { daemon, connect, gate, audit } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  const stopped = gate.stop(GRACE_MS);
  await client.send('last words');
  client.end();
  expect((await container.readAll()).toString()).toBe('last words');
  await container.write('heard');
  container.end();
  expect((await client.source.readAll()).toString()).toBe('heard');

  await within(GRACE_MS / 2, stopped);
  expect(await audit.next({ event: 'call' })).toMatchObject({ status: 101, end: 'complete' });
});

it('never waits for idle connections', async () => {
  const { daemon, connect, gate } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const used = await connect();
  await used.call('GET', '/_ping');
  const unused = await connect();

  await within(GRACE_MS / 2, gate.stop(GRACE_MS));
  await used.ending;
  await unused.ending;
});

it('cuts what is still in flight after the grace, and each call has its line', async () => {
  const { daemon, connect, gate, audit } = await start();
  const stream = await connect();
  await stream.send('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
  await (await daemon.nextCall()).start('chunked');
  const head = await stream.readHead();
  const tunnel = await connect();
  await openTunnel(tunnel, daemon);
  const silent = await connect();
  await silent.send('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
  await daemon.nextCall();

  await gate.stop(50);

  expect((await stream.readBody(head ?? expect.unreachable())).isWhole).toBe(false);
  await tunnel.ending;
  await silent.ending;
  for (const action of ['system.events', 'container.attach', 'system.info']) {
    expect(await audit.next({ event: 'call', action })).toMatchObject({ end: 'gate-stopped' });
  }
  for (const connection of daemon.connections.all) await connection.peerEnded;
});

it('writes a line when it starts and one when it stops', async () => {
  const { gate, audit } = await start();
  await gate.stop(0);
  expect(audit.having({ event: 'gate-start' })).toHaveLength(1);
  expect(audit.having({ event: 'gate-stop' })).toHaveLength(1);
});
