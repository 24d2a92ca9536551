import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

it('sends the headers of wait on at once, while the body is still to come', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'POST /v1.41/containers/x/wait HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n',
  );
  const call = await daemon.nextCall('POST /containers/x/wait');
  await call.start('chunked', { headers: [['Content-Type', 'application/json']] });

  const head = await client.readHead();
  expect(head?.status).toBe(200);

  await call.write('{"StatusCode":7}\n');
  expect((await client.readChunk())?.toString()).toBe('{"StatusCode":7}\n');
});

it('sends each piece of a body on as it comes', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
  const call = await daemon.nextCall('GET /events');
  await call.start('chunked');
  await client.readHead();
  for (const event of ['{"id":1}', '{"id":2}', '{"id":3}']) {
    await call.write(event);
    expect((await client.readChunk())?.toString()).toBe(event);
  }
});
