import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

it('passes a HEAD answer on with its Content-Length and without a body', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('HEAD', '/_ping');
  await (await daemon.nextCall()).answer(200, [['Api-Version', '1.56']], 'OK');
  expect(headerValue(await answer, 'content-length')).toBe('2');

  // The connection is in step: the next answer starts where it should.
  const next = client.call('GET', '/_ping');
  await (await daemon.nextCall()).answer(200, [], 'OK');
  expect((await next).body.toString()).toBe('OK');
});

it.each([204, 304])('passes a %i on without a body and without a length', async (status) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('POST', '/containers/x/start', { body: '' });
  await (await daemon.nextCall()).answer(status, [['Api-Version', '1.56']]);
  const got = await answer;
  expect(got.status).toBe(status);
  expect(headerValue(got, 'content-length')).toBeUndefined();
  expect(headerValue(got, 'transfer-encoding')).toBeUndefined();

  const next = client.call('GET', '/_ping');
  await (await daemon.nextCall()).answer(200, [], 'OK');
  expect((await next).body.toString()).toBe('OK');
});

it('passes an empty body with Content-Length: 0 on as such', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', '/_ping');
  await (await daemon.nextCall()).answer(200, [], '');
  expect(headerValue(await answer, 'content-length')).toBe('0');
});
