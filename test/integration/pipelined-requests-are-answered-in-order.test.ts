import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { requestBytes } from '../support/raw-client.ts';

const start = useGate();

it('answers requests of one segment in order, each a call of its own', async () => {
  const { daemon, connect } = await start();
  daemon.on(
    () => true,
    (call) => call.answer(200, [], call.target),
  );
  const client = await connect();
  const targets = ['/_ping', '/info', '/version', '/containers/json'];
  await client.send(Buffer.concat(targets.map((target) => requestBytes('GET', target))));

  for (const target of targets) {
    expect((await client.readAnswer()).body.toString()).toBe(target);
  }
  expect(daemon.calls.all.map((call) => call.target)).toEqual(targets);
});

it('keeps a connection for the next request, and pays no handshake again', async () => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect();
  for (let turn = 0; turn < 20; turn += 1) {
    expect((await client.call('GET', '/_ping')).status).toBe(200);
  }
  expect(daemon.connections.all).toHaveLength(1);
});

it('closes behind the answer when the client asks for that', async () => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect();
  const answer = await client.call('GET', '/_ping', { headers: [['Connection', 'close']] });

  expect(answer.body.toString()).toBe('OK');
  expect(await client.ending).toBe('end');
});
