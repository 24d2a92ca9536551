import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { connectPlain } from '../support/raw-client.ts';
import { ByteSource } from '../support/fake/byte-source.ts';

const start = useGate();

it.each(['TLSv1.2', 'TLSv1.3'] as const)('serves a client that speaks %s only', async (tls) => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect({ tls });

  expect(client.socket.getProtocol()).toBe(tls);
  expect((await client.call('GET', '/_ping')).body.toString()).toBe('OK');
});

it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s with an alert', async (version) => {
  const { connect } = await start();
  // Security level 0 lets this client offer what its own OpenSSL would hold back.
  const more = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };

  await expect(connect({ more })).rejects.toThrow(/protocol version|ALERT_PROTOCOL_VERSION/i);
});

it('never answers plain HTTP on the TLS port with anything of the daemon', async () => {
  const { daemon, port } = await start();
  const socket = await connectPlain(port);
  const source = new ByteSource(socket);
  socket.write('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
  socket.end();
  const answer = await source.readAll();
  socket.destroy();

  expect(answer.toString('latin1')).not.toMatch(/^HTTP\/1\.1 200/);
  expect(daemon.connections.all).toHaveLength(0);
});
