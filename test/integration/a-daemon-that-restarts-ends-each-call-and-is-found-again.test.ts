import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

it('ends every stream that was open, each as broken, and serves the next', async () => {
  const { daemon, connect } = await start();
  const stream = await connect();
  await stream.send('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
  await (await daemon.nextCall()).start('chunked');
  const streamHead = await stream.readHead();
  const tunnel = await connect();
  await openTunnel(tunnel, daemon);
  const waiting = await connect();
  await waiting.send('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
  await daemon.nextCall();

  await daemon.restart();

  expect((await stream.readBody(streamHead ?? expect.unreachable())).isWhole).toBe(false);
  expect((await tunnel.source.readAll()).toString()).toBe('');
  expect((await waiting.readAnswer()).status).toBe(502);
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  expect((await (await connect()).call('GET', '/_ping')).body.toString()).toBe('OK');
});

it('notices a stale connection and dials anew', async () => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect();
  await client.call('GET', '/_ping');
  await daemon.restart();

  expect((await client.call('GET', '/_ping')).body.toString()).toBe('OK');
});

it('never sends a POST twice', async () => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect();
  await client.call('GET', '/_ping');
  const answer = client.call('POST', '/containers/create', {
    headers: [['Content-Type', 'application/json']],
    body: '{}',
  });
  const call = await daemon.nextCall('POST /containers/create');
  await call.body.readAll();
  call.breakOff();

  expect((await answer).status).toBe(502);
  expect(daemon.calls.all.filter((seen) => seen.method === 'POST')).toHaveLength(1);
});
