import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { ATTACH, upgradeBytes } from '../support/raw/hijack-client.ts';
import { headerValue, type Response } from '../support/raw/response-reader.ts';

const start = useGate();

function messageOf(answer: Response): string {
  expect(answer.status).toBe(502);
  expect(headerValue(answer, 'content-type')).toBe('application/json');
  return (JSON.parse(answer.body.toString()) as { message: string }).message;
}

it.each([
  ['is missing', false, 'ENOENT'],
  ['is dead', true, 'ECONNREFUSED'],
])('names the socket and the system error when the socket %s', async (_, leave, code) => {
  const { daemon, connect } = await start();
  await daemon.stop({ leaveSocketFile: leave });
  const client = await connect();

  const message = messageOf(await client.call('GET', '/_ping'));
  expect(message).toContain(daemon.socketPath);
  expect(message).toContain(code);
});

it('answers an upgrade the same', async () => {
  const { daemon, connect } = await start();
  await daemon.stop();
  const client = await connect();
  await client.send(upgradeBytes(ATTACH));

  const message = messageOf(await client.readAnswer('POST'));
  expect(message).toContain(daemon.socketPath);
  expect(message).toContain('ENOENT');
});

it('answers in the middle of an upload', async () => {
  const { daemon, connect } = await start();
  await daemon.stop();
  const client = await connect();
  void client.send('POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 99999999\r\n\r\n');
  void client.send(Buffer.alloc(8 * 1024 * 1024));

  expect(messageOf(await client.readAnswer('POST'))).toContain('ENOENT');
});

it('works on the same connection as soon as the daemon is up', async () => {
  const { daemon, connect } = await start();
  await daemon.stop();
  const client = await connect();
  messageOf(await client.call('GET', '/_ping'));

  await daemon.start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  expect((await client.call('GET', '/_ping')).body.toString()).toBe('OK');
});
