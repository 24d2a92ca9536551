import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { HANG_MS, head } from '../support/security/attack.ts';

const start = useGate();

const POLICY = 'users: [{ user: alice, roles: [ci-builder] }]';
const UPLOAD = head('POST /v1.41/build?t=app HTTP/1.1', 'Host: d', 'Transfer-Encoding: chunked');
/** More than all buffers between a client and a daemon hold. */
const BULK = 24 * 1024 * 1024;

function chunk(bytes: Buffer): Buffer {
  const size = Buffer.from(`${bytes.length.toString(16)}\r\n`);
  return Buffer.concat([size, bytes, Buffer.from('\r\n')]);
}

it('BLD-003: a build talks while it listens: each side goes on only when it has heard the other', async () => {
  const { daemon, connect } = await start({ policy: POLICY });
  const client = await connect();
  await client.send(`${UPLOAD}1\r\n0\r\n`);
  const call = await daemon.nextCall();
  const upload = call.body[Symbol.asyncIterator]();
  await call.start('chunked');
  const answer = (await within(HANG_MS, client.readHead())) ?? expect.unreachable();
  expect(answer.status).toBe(200);
  for (let round = 0; round < 20; round += 1) {
    const heard = await within(HANG_MS, upload.next());
    expect(String(heard.value)).toBe(String(round));
    await call.write(`step ${round}`);
    expect(String(await within(HANG_MS, client.readChunk()))).toBe(`step ${round}`);
    await client.send(chunk(Buffer.from(String(round + 1))));
  }
  client.destroy();
});

it('BLD-003: output larger than every buffer comes before the upload ends, and the upload comes whole behind it', async () => {
  const { daemon, connect } = await start({ policy: POLICY });
  const client = await connect();
  await client.send(`${UPLOAD}5\r\nbegin\r\n`);
  const call = await daemon.nextCall();
  await call.start('chunked');
  await within(HANG_MS, client.readHead());
  const output = call.write(Buffer.alloc(BULK, 'o'));
  let seen = 0;
  while (seen < BULK) seen += (await within(HANG_MS, client.readChunk()))?.length ?? BULK;
  expect(seen).toBe(BULK);
  await output;
  expect(call.body.byteCount).toBeLessThan(BULK);
  const rest = client.send(chunk(Buffer.alloc(BULK, 'i')));
  void client.send('0\r\n\r\n');
  expect(await within(HANG_MS, call.body.readAll())).toHaveLength(BULK + 'begin'.length);
  await rest;
  expect(call.body.isComplete).toBe(true);
  await call.write('built');
  await call.end();
  expect(String(await within(HANG_MS, client.readChunk()))).toBe('built');
  expect(await within(HANG_MS, client.readChunk())).toBeUndefined();
});
