import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

const MISPLACED = [
  ['GET', '/info', 'h2c'],
  ['GET', '/_ping', 'websocket'],
  ['POST', '/containers/create', 'tcp'],
  ['GET', '/containers/x/attach', 'tcp'],
  ['POST', '/containers/x/attach', 'h2c'],
  ['POST', '/containers/x/attach', 'websocket'],
  ['POST', '/containers/x/attach', 'h2c, tcp'],
  ['POST', '/exec/x/start', 'h2c'],
  ['POST', '/session', 'tcp'],
  ['POST', '/grpc', 'tcp'],
  ['GET', '/session', 'h2c'],
  ['GET', '/containers/x/attach/ws', 'tcp'],
  ['POST', '/containers/x/attach/ws', 'websocket'],
  ['POST', '/containers/x/exec/y/start', 'tcp'],
  ['POST', '/no/such/route', 'tcp'],
] as const;

it.each(MISPLACED)('refuses %s %s with Upgrade: %s', async (method, target, token) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const body = method === 'POST' ? 'Content-Length: 2\r\n\r\n{}' : '\r\n';
  await client.send(
    `${method} ${target} HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: ${token}\r\n${body}`,
  );

  const answer = await client.readAnswer(method);
  expect(answer.status).toBe(400);
  expect(headerValue(answer, 'content-type')).toBe('application/json');
  expect(JSON.parse(answer.body.toString())).toEqual({ message: expect.any(String) as string });
  expect(daemon.bytesReceived).toBe(0);
});

it('never reads what follows a refused upgrade as a request', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const smuggled = 'POST /containers/x/kill HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n';
  await client.send(
    'POST /containers/create HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n' +
      `Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  );
  expect((await client.readAnswer('POST')).status).toBe(400);
  client.end();
  await client.source.readAll();

  expect(daemon.bytesReceived).toBe(0);
});
