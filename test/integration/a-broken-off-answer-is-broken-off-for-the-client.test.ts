import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { settled } from '../support/fake/settled.ts';
import { useGate, type TestGate } from '../support/gate.ts';

const start = useGate();

const REQUEST = 'GET /containers/x/export HTTP/1.1\r\nHost: d\r\n\r\n';

it('never ends a chunked answer that the daemon broke off', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(REQUEST);
  const call = await daemon.nextCall();
  await call.start('chunked');
  await call.write('half of it');
  const head = await client.readHead();
  expect(head?.status).toBe(200);
  call.breakOff();

  const answer = await client.readBody(head ?? expect.unreachable());
  expect(answer.isWhole).toBe(false);
  expect('half of it').toContain(answer.body.toString());
});

it('never fills up an answer with Content-Length that the daemon broke off', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(REQUEST);
  const call = await daemon.nextCall();
  await call.start({ length: 100 });
  await call.write('half of it');
  const head = await client.readHead();
  call.breakOff();

  const answer = await client.readBody(head ?? expect.unreachable());
  expect(answer.isWhole).toBe(false);
  await client.ending;
});

it('breaks off when the daemon ends its side in the middle of a chunked answer', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(REQUEST);
  const call = await daemon.nextCall();
  await call.start('chunked');
  await call.raw('a\r\nhalf');
  const head = await client.readHead();
  call.connection.end();

  const answer = await client.readBody(head ?? expect.unreachable());
  expect(answer.isWhole).toBe(false);
});

it('breaks off when the last chunk comes without the end of the trailers', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(REQUEST);
  const call = await daemon.nextCall();
  await call.start('chunked');
  await call.raw('4\r\nhalf\r\n0\r\n');
  const head = await client.readHead();
  call.breakOff();

  const answer = await client.readBody(head ?? expect.unreachable());
  expect(answer.isWhole).toBe(false);
});

/** Lets the daemon pour `limit` bytes for a client that does not read, then break off. */
async function breakOffAt({ daemon, connect }: TestGate, limit: number) {
  const client = await connect();
  await client.send(REQUEST);
  const call = await daemon.nextCall();
  await call.start({ length: 2 * limit });
  let poured = 0;
  const pouring = async () => {
    while (poured < limit && (await call.raw(PIECE))) poured += PIECE.length;
  };
  void pouring();
  await settled(() => poured);
  call.breakOff();
  return { client, poured };
}

/** Small, so that each fill of the gate's own buffer is met, also those below its limit. */
const PIECE = Buffer.alloc(4 * 1024);

it('breaks off however full the way to a slow client is', { timeout: 60_000 }, async () => {
  const gate = await start();
  const { client, poured: capacity } = await breakOffAt(gate, 64 * 1024 * 1024);
  expect((await within(5000, client.readAnswer())).isWhole).toBe(false);

  for (let back = 170; back >= 0; back -= 2) {
    const { client: slow } = await breakOffAt(gate, capacity - back * PIECE.length);
    expect((await within(5000, slow.readAnswer())).isWhole).toBe(false);
    slow.destroy();
  }
});
