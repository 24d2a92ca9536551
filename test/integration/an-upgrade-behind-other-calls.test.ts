import { expect, it } from 'vitest';
import { settled } from '../support/fake/settled.ts';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { EXEC_START, upgradeBytes } from '../support/raw/hijack-client.ts';

const start = useGate();

const INFO = 'GET /info HTTP/1.1\r\nHost: d\r\n\r\n';

it('has its line, and does no harm, where the client is gone before its turn', async () => {
  const { daemon, connect, audit } = await start();
  const failures: unknown[] = [];
  const note = (failure: unknown): void => {
    failures.push(failure);
  };
  process.on('unhandledRejection', note);
  const client = await connect();
  await client.send(Buffer.concat([Buffer.from(INFO), upgradeBytes(EXEC_START)]));
  const call = await daemon.nextCall('GET /info');
  client.reset();
  await call.connection.closed;
  await settled(() => audit.all.length);
  process.off('unhandledRejection', note);

  expect(failures).toEqual([]);
  expect(audit.having({ event: 'call', method: 'POST' })).toMatchObject([{ end: 'client-gone' }]);
});

it('is refused, with a line, where an answer before it found no room: it could not be read to its end', async () => {
  const { daemon, connect, audit } = await start();
  const client = await connect();
  await client.send(INFO);
  const info = await daemon.nextCall('GET /info');
  await info.start('chunked');
  await client.readHead();
  client.socket.pause();
  // More than all buffers on the way to a client that does not read.
  const flood = info.write(Buffer.alloc(32 * 1024 * 1024));
  const upgrade = upgradeBytes({ ...EXEC_START, body: `{"Tty":true}${' '.repeat(200_000)}` });
  await settled(() => daemon.bytesReceived);
  const sent = client.send(Buffer.concat([Buffer.from(INFO), upgrade]));
  await settled(() => daemon.bytesReceived);
  client.socket.resume();
  const reading = client.source.readAll();
  await flood;
  await info.end();
  await (await daemon.nextCall('GET /info')).json(200, {});
  await within(5_000, reading);
  await sent;
  expect(audit.having({ event: 'call', method: 'POST' })).toMatchObject([{ end: 'refused' }]);
});
