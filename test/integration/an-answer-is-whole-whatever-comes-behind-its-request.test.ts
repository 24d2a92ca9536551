import { expect, it } from 'vitest';
import { settled } from '../support/fake/settled.ts';
import { useGate } from '../support/gate.ts';

const start = useGate();

const SIZE = 1_500_000;
const LAST = 'GET /info HTTP/1.1\r\nHost: d\r\n\r\n';
const UPLOAD = `POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: ${SIZE}\r\n\r\n`;

it('of an answer that ends with its connection, a slow client gets all', async () => {
  const { daemon, connect, audit } = await start();
  daemon.on('GET /info', async (call) => {
    await call.start('close-delimited');
    await call.write(Buffer.alloc(SIZE));
    await call.end();
  });
  const client = await connect();
  client.socket.pause();
  void client.send(Buffer.concat([Buffer.from(LAST + UPLOAD), Buffer.alloc(SIZE)]));
  await audit.next({ event: 'call', method: 'GET', end: 'complete' });
  await settled(() => client.socket.bytesRead);

  client.socket.resume();
  expect((await client.readAnswer()).body).toHaveLength(SIZE);
});
