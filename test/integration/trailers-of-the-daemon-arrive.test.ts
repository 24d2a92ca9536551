import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

it('passes the trailers of an answer on', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', '/events');
  const call = await daemon.nextCall();
  await call.start('chunked', { headers: [['Trailer', 'X-Checksum']] });
  await call.write('body');
  await call.end([['X-Checksum', 'abc']]);

  expect((await answer).isWhole).toBe(true);
  expect((await answer).trailers).toEqual([['X-Checksum', 'abc']]);
});

it('never makes headers of the trailers of a request', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'POST /auth HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '2\r\n{}\r\n0\r\nX-Registry-Auth: stolen\r\n\r\n',
  );
  const call = await daemon.nextCall();
  await call.body.readAll();

  expect(call.body.isComplete).toBe(true);
  expect(call.header('x-registry-auth')).toBeUndefined();
  expect(call.body.trailers).toEqual([]);
});
