import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { ATTACH, EXEC_START, upgradeBytes } from '../support/raw/hijack-client.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

it.each([404, 409, 500])('relays a %i in JSON with all its headers', async (status) => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(upgradeBytes(EXEC_START));
  const call = await daemon.nextCall();
  await call.body.readAll();
  await call.json(status, { message: 'No such exec instance: e1' });

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(status);
  expect(headerValue(answer, 'content-type')).toBe('application/json');
  expect(headerValue(answer, 'api-version')).toBe('1.56');
  expect(answer.body.toString()).toBe('{"message":"No such exec instance: e1"}\n');
});

it('relays the raw errors of attach, which have no Content-Length', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(upgradeBytes(ATTACH));
  const call = await daemon.nextCall();
  await call.attachError(404, 'No such container: x');

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(404);
  expect(headerValue(answer, 'content-type')).toBe('application/vnd.docker.raw-stream');
  expect(answer.body.toString()).toBe('No such container: x\r\n');
  expect(answer.isWhole).toBe(true);
});

// `docker exec -d`: Detach is true and the daemon never hijacks.
it('relays the ordinary answer of a detached exec start', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(upgradeBytes({ ...EXEC_START, body: '{"Detach":true}' }));
  const call = await daemon.nextCall();
  await call.body.readAll();
  await call.answer(200, []);

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(200);
  expect(answer.body).toHaveLength(0);
});

it('never forwards input that came early when the daemon did not upgrade', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const smuggled = Buffer.from('DELETE /containers/x HTTP/1.1\r\nHost: d\r\n\r\n');
  await client.send(Buffer.concat([upgradeBytes(EXEC_START), smuggled]));
  const call = await daemon.nextCall();
  await call.body.readAll();
  await call.json(409, { message: 'container is paused' });
  expect((await client.readAnswer('POST')).status).toBe(409);
  client.end();
  await client.source.readAll();

  expect(daemon.calls.all).toHaveLength(1);
});

it('relays an answer that the daemon breaks off as a broken one', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(upgradeBytes(EXEC_START));
  const call = await daemon.nextCall();
  await call.start({ length: 100 }, { status: 500 });
  await call.write('half');
  const head = await client.readHead();
  call.breakOff();

  expect((await client.readBody(head ?? expect.unreachable(), 'POST')).isWhole).toBe(false);
});
