import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

it.each([
  ['/v1.41/%63ontainers/json', '/v1.41/containers/json'],
  ['/images/repo%2fname:tag/json', '/images/repo/name:tag/json'],
  ['/images/a%3Ab/json', '/images/a:b/json'],
  ['/containers/json?all=1&filters=%7B%7D', '/containers/json?all=1&filters=%7B%7D'],
  ['/v1.60/no/such/route', '/v1.60/no/such/route'],
  ['/networks/', '/networks/'],
])('%s goes up as %s', async (sent, seen) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', sent);
  const call = await daemon.nextCall();
  await call.answer(200, [], 'x');

  expect(call.target).toBe(seen);
  expect((await answer).status).toBe(200);
});

it('serves HTTP/1.0, and closes behind the answer', async () => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect();
  await client.send('GET /_ping HTTP/1.0\r\n\r\n');

  expect((await client.readAnswer()).body.toString()).toBe('OK');
  expect(await client.ending).toBe('end');
});

it.each(['TRACE', 'PATCH', 'PROPFIND'])(
  'hands a %s to the daemon, which knows what to say',
  async (method) => {
    const { daemon, connect } = await start();
    daemon.on(
      () => true,
      (call) => call.json(404, { message: 'page not found' }),
    );
    const client = await connect();
    expect((await client.call(method, '/info')).status).toBe(404);
    expect(daemon.calls.all[0]?.method).toBe(method);
  },
);
