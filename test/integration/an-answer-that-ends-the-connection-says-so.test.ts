import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { headerValue, type ResponseHead } from '../support/raw/response-reader.ts';

const start = useGate();

const connectionOf = (answer: ResponseHead): string | undefined =>
  headerValue(answer, 'connection')?.toLowerCase();

it('says close in a refusal behind which nothing is served', async () => {
  const { connect } = await start();
  const client = await connect();
  await client.send('GET /v1..41/info HTTP/1.1\r\nHost: d\r\n\r\n');

  const answer = await client.readAnswer('GET');
  expect(answer.status).toBe(400);
  expect(connectionOf(answer)).toBe('close');
  // And the connection ends cleanly, with nothing behind the answer.
  expect(await client.source.readAll()).toHaveLength(0);
});

it('says close in a refusal of which the body is still to come', async () => {
  const { connect } = await start();
  const client = await connect();
  await client.send('POST /a/../b HTTP/1.1\r\nHost: d\r\nContent-Length: 4000000\r\n\r\nbegin');

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(400);
  expect(connectionOf(answer)).toBe('close');
  expect(answer.body.toString()).toContain('refused: ');
});

it('sends no body in a refusal of HEAD', async () => {
  const { connect } = await start();
  const client = await connect();
  await client.send('HEAD /v1..41/info HTTP/1.1\r\nHost: d\r\n\r\n');

  const answer = await client.readAnswer('HEAD');
  expect(answer.status).toBe(400);
  expect(connectionOf(answer)).toBe('close');
  expect(await client.source.readAll()).toHaveLength(0);
});

it('says close in an answer that comes before the end of the upload, as the daemon does', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send('POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 9999999\r\n\r\nbegin');
  const call = await daemon.nextCall();
  await call.json(400, { message: 'dockerfile parse error' });

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(400);
  expect(connectionOf(answer)).toBe('close');
});

it('lets the rest of such an upload come in before it closes', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const size = 6 * 1024 * 1024;
  await client.send(`POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: ${size}\r\n\r\nbegin`);
  const call = await daemon.nextCall();
  await call.json(400, { message: 'dockerfile parse error' });
  const answer = await client.readAnswer('POST');
  expect(connectionOf(answer)).toBe('close');

  // A reset would fail this write.
  await client.send(Buffer.alloc(size - 'begin'.length));
  expect(await client.source.readAll()).toHaveLength(0);
});

it('says nothing of the kind where the connection goes on', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
  const call = await daemon.nextCall();
  await call.json(404, { message: 'no' });

  expect(connectionOf(await client.readAnswer('GET'))).not.toBe('close');
});
