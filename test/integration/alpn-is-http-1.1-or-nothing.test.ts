import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

it.each([
  ['http/1.1 alone', ['http/1.1'], 'http/1.1'],
  ['h2 before http/1.1', ['h2', 'http/1.1'], 'http/1.1'],
  ['nothing, as Go clients do here', undefined, false],
] as const)('serves a client that offers %s', async (_, alpn, chosen) => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect(alpn === undefined ? {} : { alpn });

  expect(client.socket.alpnProtocol).toBe(chosen);
  expect((await client.call('GET', '/_ping')).status).toBe(200);
});

it.each([['h2'], ['http/1.0'], ['spdy/3', 'h2']])(
  'refuses a client that offers %s only',
  async (...alpn) => {
    const { daemon, connect } = await start();

    await expect(connect({ alpn })).rejects.toThrow(
      /no application protocol|ALERT_NO_APPLICATION_PROTOCOL/i,
    );
    expect(daemon.connections.all).toHaveLength(0);
  },
);

// docker.sock speaks cleartext HTTP/2, past every check that is made of HTTP/1.
it('never passes an HTTP/2 preface on to the daemon', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');

  expect((await client.readAnswer()).status).toBe(400);
  expect(daemon.bytesReceived).toBe(0);
});
