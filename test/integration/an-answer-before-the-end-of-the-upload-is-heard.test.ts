import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

const UPLOAD = 'POST /build HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n';

it('brings the error of a failing build to a client that still uploads', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(`${UPLOAD}5\r\nbegin\r\n`);
  const call = await daemon.nextCall();
  await call.json(400, { message: 'dockerfile parse error' });

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(400);
  expect(answer.body.toString()).toContain('dockerfile parse error');
});

it('brings it to a client that sends more than any buffer holds and never looks up', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const upload = client.send(
    Buffer.concat([
      Buffer.from('POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 99999999\r\n\r\n'),
      Buffer.alloc(8 * 1024 * 1024),
    ]),
  );
  const call = await daemon.nextCall();
  await call.json(400, { message: 'dockerfile parse error' });
  await upload;

  expect((await client.readAnswer('POST')).status).toBe(400);
});

it('never takes the rest of an upload for a request', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(`${UPLOAD}5\r\nbegin\r\n`);
  const call = await daemon.nextCall();
  await call.json(400, { message: 'no' });
  await client.readAnswer('POST');
  await client.send('POST /containers/x/kill HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n');
  client.end();
  await client.source.readAll();

  expect(daemon.calls.all).toHaveLength(1);
  expect(daemon.malformed).toEqual([]);
});
