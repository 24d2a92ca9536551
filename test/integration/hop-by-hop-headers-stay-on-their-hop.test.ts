import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

it('drops what RFC 9110 section 7.6.1 keeps on the hop', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'GET /info HTTP/1.1\r\nHost: d\r\nConnection: close, TE\r\nKeep-Alive: timeout=9\r\n' +
      'Proxy-Connection: keep-alive\r\nTE: trailers\r\nX-Yours: kept\r\n\r\n',
  );
  const call = await daemon.nextCall();
  const names = call.rawHeaders.map(([name]) => name.toLowerCase());

  for (const name of ['keep-alive', 'proxy-connection', 'te']) expect(names).not.toContain(name);
  expect(call.header('x-yours')).toBe('kept');
  expect(call.header('connection')).not.toContain('TE');
});

// Taking the named header off could take a check's subject with it: the call is refused instead.
it.each(['X-Registry-Auth', 'Content-Length', 'Host', 'X-Mine'])(
  'refuses a Connection header that names %s',
  async (name) => {
    const { daemon, connect } = await start();
    const client = await connect();
    await client.send(
      `POST /auth HTTP/1.1\r\nHost: d\r\nConnection: ${name}\r\nX-Mine: 1\r\nContent-Length: 2\r\n\r\n{}`,
    );
    expect((await client.readAnswer('POST')).status).toBe(400);
    expect(daemon.bytesReceived).toBe(0);
  },
);

it('drops the daemon’s hop-by-hop headers', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', '/info');
  const call = await daemon.nextCall();
  await call.answer(
    200,
    [
      ['Connection', 'X-Hop'],
      ['X-Hop', 'mine'],
      ['Keep-Alive', 'timeout=3'],
      ['X-End', 'kept'],
    ],
    'x',
  );

  const got = await answer;
  expect(headerValue(got, 'x-hop')).toBeUndefined();
  expect(headerValue(got, 'keep-alive')).not.toBe('timeout=3');
  expect(headerValue(got, 'x-end')).toBe('kept');
});

it('keeps the client’s connection when the daemon closes its own', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const first = client.call('GET', '/info');
  await (await daemon.nextCall()).answer(200, [['Connection', 'close']], 'one');
  expect((await first).body.toString()).toBe('one');

  const second = client.call('GET', '/version');
  await (await daemon.nextCall()).answer(200, [], 'two');
  expect((await second).body.toString()).toBe('two');
});
