import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

const BLOB = randomBytes(3 * 1024 * 1024 + 17);

it('uploads with Content-Length', async () => {
  const { daemon, connect } = await start();
  daemon.on('POST /images/load', async (call) => {
    const body = await call.body.readAll();
    await call.answer(200, [], String(body.equals(BLOB)));
  });
  const client = await connect();
  const answer = await client.call('POST', '/images/load', { body: BLOB });
  expect(answer.body.toString()).toBe('true');
  expect(daemon.calls.all[0]?.body.framing).toBe('length');
});

it('uploads in chunks of any size', async () => {
  const { daemon, connect } = await start();
  daemon.on('POST /images/load', async (call) => {
    const body = await call.body.readAll();
    await call.answer(200, [], String(body.equals(BLOB)));
  });
  const client = await connect();
  await client.send('POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n');
  let at = 0;
  for (let size = 1; at < BLOB.length; size = size * 3 + 1) {
    const chunk = BLOB.subarray(at, at + size);
    await client.sendPieces([`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
    at += chunk.length;
  }
  await client.send('0\r\n\r\n');

  expect((await client.readAnswer('POST')).body.toString()).toBe('true');
  expect(daemon.calls.all[0]?.body.framing).toBe('chunked');
});

it('downloads with Content-Length', async () => {
  const { daemon, connect } = await start();
  daemon.on('GET /images/get', (call) => call.answer(200, [], BLOB));
  const client = await connect();
  const answer = await client.call('GET', '/images/get');
  expect(headerValue(answer, 'content-length')).toBe(String(BLOB.length));
  expect(answer.body.equals(BLOB)).toBe(true);
});

it('downloads in chunks', async () => {
  const { daemon, connect } = await start();
  daemon.on('GET /images/get', async (call) => {
    await call.start('chunked');
    for (let at = 0; at < BLOB.length; at += 99_991)
      await call.write(BLOB.subarray(at, at + 99_991));
    await call.end();
  });
  const client = await connect();
  const answer = await client.call('GET', '/images/get');
  expect(answer.isWhole).toBe(true);
  expect(answer.body.equals(BLOB)).toBe(true);
});

it('downloads what ends with the connection', async () => {
  const { daemon, connect } = await start();
  daemon.on('POST /exec/e/start', async (call) => {
    await call.start('close-delimited');
    await call.write(BLOB);
    await call.end();
  });
  const client = await connect();
  const answer = await client.call('POST', '/exec/e/start', {
    headers: [['Content-Type', 'application/json']],
    body: '{}',
  });
  expect(answer.isWhole).toBe(true);
  expect(answer.body.equals(BLOB)).toBe(true);
});

it('hands the head of an upload to the daemon before a byte of its body has come', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send('POST /build HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n');
  const call = await daemon.nextCall();
  await call.json(400, { message: 'no space left on device' });

  expect((await client.readAnswer('POST')).status).toBe(400);
});

it('carries an upload and a download of one call at the same time (build)', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'POST /build HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n',
  );
  const call = await daemon.nextCall();
  await call.start('chunked');
  await client.readHead();
  const body = call.body[Symbol.asyncIterator]();
  expect(String((await body.next()).value)).toBe('begin');
  for (const step of ['one', 'two', 'three']) {
    await client.send(`${step.length.toString(16)}\r\n${step}\r\n`);
    expect(String((await body.next()).value)).toBe(step);
    await call.write(`did ${step}`);
    expect((await client.readChunk())?.toString()).toBe(`did ${step}`);
  }
});
