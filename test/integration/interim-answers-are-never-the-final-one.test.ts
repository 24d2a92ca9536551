import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

it.each([102, 103])('waits for the final answer behind a %i of the daemon', async (status) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', '/info');
  const call = await daemon.nextCall();
  await call.interim(status, [['Link', '</style.css>']]);
  await call.interim(status);
  await call.answer(200, [], 'final');

  expect((await answer).status).toBe(200);
  expect((await answer).body.toString()).toBe('final');
});

it('asks for the body of a request that expects 100 Continue, once', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'POST /auth HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
  );
  const head = await client.readInterim();
  expect(head.status).toBe(100);
  await client.send('{}');
  const call = await daemon.nextCall();
  expect(call.header('expect')).toBeUndefined();
  expect((await call.body.readAll()).toString()).toBe('{}');
  await call.interim(100);
  await call.answer(200, [], 'ok');

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(200);
  expect(answer.interim).toEqual([]);
});

it('refuses any other expectation, without a byte to the daemon', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'POST /auth HTTP/1.1\r\nHost: d\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\n{}',
  );

  expect((await client.readAnswer('POST')).status).toBe(400);
  expect(daemon.bytesReceived).toBe(0);
});

it('asks for no body where the call is refused', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'POST /v1..41/auth HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
  );

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(400);
  expect(answer.interim).toEqual([]);
  expect(daemon.bytesReceived).toBe(0);
});
