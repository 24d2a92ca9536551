import { checkServerIdentity } from 'node:tls';
import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

/** The certificate is checked for the address that was dialled, whatever name was asked for. */
const forDialled: typeof checkServerIdentity = (_, certificate) =>
  checkServerIdentity('127.0.0.1', certificate);

it.each(['localhost', 'evil.example', 'admin', 'x'.repeat(200)])(
  'serves the same to a client that asks for %s',
  async (servername) => {
    const { daemon, connect } = await start();
    daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    const client = await connect({ more: { servername, checkServerIdentity: forDialled } });
    expect((await client.call('GET', '/_ping')).status).toBe(200);
  },
);

it('refuses a peer without a certificate whatever name it asks for', async () => {
  const { daemon, connect } = await start();
  const client = await connect({
    leaf: undefined,
    more: { servername: 'localhost', checkServerIdentity: forDialled },
  });
  await client.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
  expect((await client.readAnswer()).status).toBe(403);
  expect(daemon.connections.all).toHaveLength(0);
});
