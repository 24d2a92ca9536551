import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { startWireTap } from '../support/raw/wire-tap.ts';

const start = useGate();

const REQUEST = 'POST /exec/x/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n';

it('ends the answer for the client, with close_notify, when the daemon has ended it', async () => {
  const { daemon, connect, port } = await start();
  const tap = await startWireTap(port);
  const client = await connect({ port: tap.port, tls: 'TLSv1.2' });
  await client.send(REQUEST);
  const call = await daemon.nextCall();
  await call.start('close-delimited');
  await call.write('all of it');
  await call.end();

  const answer = await client.readAnswer('POST');
  expect(answer.body.toString()).toBe('all of it');
  expect(await client.ending).toBe('end');
  expect(tap.saidGoodbye).toBe(answer.framing === 'close');
  tap.close();
});

// Go takes an end without close_notify for io.ErrUnexpectedEOF, so this is what "broken" looks like.
it('never says close_notify behind an answer that the daemon reset', async () => {
  const { daemon, connect, port } = await start();
  const tap = await startWireTap(port);
  const client = await connect({ port: tap.port, tls: 'TLSv1.2' });
  // More than any buffer on the way holds, and never read: what makes the daemon's close a reset.
  await client.send('POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 99999999\r\n\r\n');
  void client.send(Buffer.alloc(8 * 1024 * 1024));
  const call = await daemon.nextCall();
  await call.start('close-delimited');
  await call.write('half of it');
  await client.readHead();
  call.breakOff();

  await client.ending;
  await tap.serverEnd;
  expect(tap.saidGoodbye).toBe(false);
  tap.close();
});
