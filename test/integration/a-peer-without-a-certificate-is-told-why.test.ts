import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

it.each(VERSIONS)('answers its first bytes with the 403 of the contract: %s', async (tls) => {
  const { daemon, connect } = await start();
  const client = await connect({ leaf: undefined, tls });
  await client.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');

  const answer = await client.readAnswer();
  expect(answer.status).toBe(403);
  expect(headerValue(answer, 'content-type')).toBe('application/json');
  expect(JSON.parse(answer.body.toString())).toEqual({
    message: expect.stringMatching(/no client certificate/i) as string,
  });
  expect(await client.ending).toBe('end');
  expect(daemon.connections.all).toHaveLength(0);
});

it.each(VERSIONS)('can be read in the middle of an upload of 8 MiB: %s', async (tls) => {
  const { connect } = await start();
  const client = await connect({ leaf: undefined, tls });
  const upload = client.send(
    Buffer.concat([
      Buffer.from('POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 8388608\r\n\r\n'),
      Buffer.alloc(8 * 1024 * 1024),
    ]),
  );

  expect((await client.readAnswer('POST')).status).toBe(403);
  expect(await upload).toBe(true);
});

it.each([
  'GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n',
  'POST /exec/x/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n',
  'GET /_ping HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: x\r\n\r\n',
  '\0\x01\x02 this is no HTTP',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'G',
])('answers the same whatever the peer sends, for nothing of it is parsed: %j', async (bytes) => {
  const { daemon, connect } = await start();
  const reference = await connect({ leaf: undefined });
  await reference.send('anything');
  const client = await connect({ leaf: undefined });
  await client.send(bytes);

  const fixed = await reference.source.readAll();
  expect(fixed.toString()).toMatch(/^HTTP\/1\.1 403 /);
  expect((await client.source.readAll()).toString()).toBe(fixed.toString());
  expect(daemon.connections.all).toHaveLength(0);
});

it('answers once, however many requests are sent', async () => {
  const { connect } = await start();
  const client = await connect({ leaf: undefined });
  await client.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n'.repeat(3));
  const text = (await client.source.readAll()).toString();
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

it('answers a peer that says nothing, within 10 s', async () => {
  const { connect } = await start();
  const client = await connect({ leaf: undefined });
  expect((await client.readAnswer()).status).toBe(403);
  client.end();
  await client.ending;
});
