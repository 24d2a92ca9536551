import { describe, expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { requestBytes } from '../support/raw-client.ts';
import { headerValue } from '../support/raw/response-reader.ts';
import {
  answerAll,
  exchange,
  expectAlive,
  expectRefused,
  HANG_MS,
  head,
  linesOf,
  quiet,
  refusalIn,
  SMUGGLED,
} from '../support/security/attack.ts';

const start = useGate();

const CREATE = ['POST /containers/create HTTP/1.1', 'Host: d', 'Content-Type: application/json'];

/** Rows whose bytes are refused with 400 before the daemon sees any of them. */
const REFUSED: readonly (readonly [title: string, bytes: string])[] = [
  [
    'HTTP-001: Content-Length with chunked is refused, and the request in it with it',
    `${head(...CREATE, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${SMUGGLED}`,
  ],
  [
    'HTTP-002: two equal Content-Lengths are refused',
    `${head(...CREATE, 'Content-Length: 0', 'Content-Length: 0')}${SMUGGLED}`,
  ],
  ...['+0', '0, 0', '0x10', '-1', ' 0 0', '1e1', '', '99999999999999999999'].map(
    (length) =>
      [
        `HTTP-003: the Content-Length ${JSON.stringify(length)} is refused`,
        `${head(...CREATE, `Content-Length: ${length}`)}${SMUGGLED}`,
      ] as const,
  ),
  [
    'HTTP-004: chunked under HTTP/1.0 is refused',
    `${head('POST /containers/create HTTP/1.0', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  ],
  [
    'HTTP-005: a folded header is refused',
    `${head(...CREATE, 'X-A: b\r\n c', 'Content-Length: 2')}{}`,
  ],
  ...[': x', 'X Y: 1', 'X : 1', 'X-N: a\0b', 'X-N: a\x7fb', 'X-N: a\x01b', 'no colon'].map(
    (line) =>
      [
        `HTTP-006: the header line ${JSON.stringify(line)} is refused`,
        `${head(...CREATE, line, 'Content-Length: 2')}{}`,
      ] as const,
  ),
  [
    'HTTP-008: a second X-Registry-Auth is refused, whatever its case',
    `${head(...CREATE, 'X-Registry-Auth: a', 'x-registry-AUTH: b', 'Content-Length: 2')}{}`,
  ],
  ['HTTP-011: the asterisk form is refused', head('OPTIONS * HTTP/1.1', 'Host: d')],
  ['HTTP-012: a lower-case method is refused', head('get /_ping HTTP/1.1', 'Host: d')],
  ['HTTP-012: a method that nobody knows is refused', head('FOO /_ping HTTP/1.1', 'Host: d')],
  [
    'HTTP-014: an Expect other than 100-continue is refused',
    `${head(...CREATE, 'Expect: 200-ok', 'Content-Length: 2')}{}`,
  ],
  ...['X-Registry-Auth', 'Content-Length', 'Host', 'Content-Type', 'Authorization'].map(
    (name) =>
      [
        `HTTP-016: a Connection that names ${name} cannot take it off the request: it is refused`,
        `${head(...CREATE, `Connection: close, ${name}`, 'X-Registry-Auth: a', 'Content-Length: 2')}{}`,
      ] as const,
  ),
  [
    'HTTP-017: Upgrade: h2c with HTTP2-Settings on an ordinary call is refused',
    head(
      'GET /info HTTP/1.1',
      'Host: d',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
    ),
  ],
];

describe('what could be read in two ways', () => {
  it.each(REFUSED)('%s', async (_, bytes) => {
    await expectRefused(await start(), bytes);
  });
});

it('HTTP-007: trailers of a request never become headers, and never reach the daemon', async () => {
  const gate = await start();
  answerAll(gate);
  const trailers = head('X-Registry-Auth: stolen', 'Content-Type: text/plain', 'Host: evil');
  const { answer } = await exchange(
    gate,
    `${head(...CREATE, 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n${trailers}`,
  );
  expect(answer.status).toBe(200);
  const [call] = gate.daemon.calls.all;
  expect(call?.body.isComplete).toBe(true);
  expect(call?.body.trailers).toEqual([]);
  expect(call?.connection.received).not.toMatch(/stolen|text\/plain|evil/);
});

it('HTTP-009: the absolute form is refused, and its target is in the record', async () => {
  const gate = await start();
  const line = await expectRefused(gate, head('GET http://evil/v1.41/info HTTP/1.1', 'Host: d'));
  expect(line['path']).toBe('http://evil/v1.41/info');
});

it('HTTP-010: CONNECT is refused and makes no tunnel', async () => {
  const gate = await start();
  await expectRefused(gate, `${head('CONNECT d:80 HTTP/1.1', 'Host: d')}${SMUGGLED}`);
  await expectRefused(gate, `${head('CONNECT /_ping HTTP/1.1', 'Host: d')}${SMUGGLED}`);
});

it.each(['PATCH', 'TRACE', 'PROPFIND', 'SOURCE', 'DELETE'])(
  'HTTP-012: %s goes to the daemon as it is, and the daemon’s 404 comes back',
  async (method) => {
    const gate = await start();
    answerAll(gate, 404);
    const { client, answer } = await exchange(gate, head(`${method} /_ping HTTP/1.1`, 'Host: d'));
    expect(answer.status).toBe(404);
    expect(gate.daemon.calls.all).toMatchObject([{ method, target: '/_ping' }]);
    expect(linesOf(gate, client)).toMatchObject([{ method, action: 'unknown', status: 404 }]);
  },
);

it('HTTP-013: the body of a GET stays that GET’s body and is never read as a request', async () => {
  const gate = await start();
  answerAll(gate);
  const inner = head('GET /containers/smuggled/json HTTP/1.1', 'Host: d');
  const outer = head('GET /containers/json HTTP/1.1', 'Host: d', `Content-Length: ${inner.length}`);
  const { client } = await exchange(
    gate,
    `${outer}${inner}${head('GET /info HTTP/1.1', 'Host: d')}`,
  );
  await client.readAnswer();

  expect(gate.daemon.calls.all.map(({ target }) => target)).toEqual(['/containers/json', '/info']);
  expect(gate.daemon.calls.all[0]?.body.byteCount).toBe(inner.length);
  // Nor does anybody else get to speak behind that body.
  const [first, second] = gate.daemon.calls.all;
  expect(second?.connection).not.toBe(first?.connection);
});

describe('HTTP-015', () => {
  it('HTTP-015: a pipelined call reaches the daemon only once the one before it is answered', async () => {
    const gate = await start();
    const client = await gate.connect();
    await client.send(
      Buffer.concat([requestBytes('GET', '/info'), requestBytes('POST', '/containers/x/kill')]),
    );
    const first = await gate.daemon.nextCall();
    await quiet(gate, () => client.socket.bytesRead);
    expect(gate.daemon.calls.all).toHaveLength(1);

    await first.json(200, {});
    const second = await gate.daemon.nextCall();
    await second.json(204, {});
    expect((await client.readAnswer()).status).toBe(200);
    expect((await client.readAnswer('POST')).status).toBe(204);
    expect(linesOf(gate, client).map((line) => line['action'])).toEqual([
      'system.info',
      'container.kill',
    ]);
  });

  it('HTTP-015: a refused call behind an allowed one is judged by itself, and ends the connection', async () => {
    const gate = await start();
    answerAll(gate);
    const bad = head('POST /v1.41//containers/x/kill HTTP/1.1', 'Host: d');
    const { client, answer } = await exchange(
      gate,
      `${head('GET /info HTTP/1.1', 'Host: d')}${bad}${SMUGGLED}`,
    );
    expect(answer.status).toBe(200);
    const refused = await client.readAnswer('POST');
    expect(refused.status).toBe(400);
    refusalIn(refused);
    client.end();
    expect((await client.source.readAll()).toString()).toBe('');
    expect(gate.daemon.calls.all.map(({ target }) => target)).toEqual(['/info']);
  });
});

describe('HTTP-015: what comes behind a refused request', () => {
  const BAD = ['POST //info HTTP/1.1', 'Host: d'];

  it.each([
    ['without a body', head(...BAD)],
    ['with Content-Length', `${head(...BAD, 'Content-Length: 2')}{}`],
    ['that is chunked', `${head(...BAD, 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`],
    ['with a body on OPTIONS', `${head('OPTIONS / HTTP/1.1', 'Host: d', 'Content-Length: 1')}x`],
    ['with two Hosts', head('GET / HTTP/1.1', 'Host: a', 'Host: b')],
    ['with an Expect of its own', head('GET / HTTP/1.1', 'Host: a', 'Expect: 200-ok')],
  ])('HTTP-015: a request in the same segment behind one %s is not served', async (_, bad) => {
    const gate = await start();
    answerAll(gate);
    const { client, answer } = await exchange(gate, `${bad}${SMUGGLED}`);
    expect(answer.status).toBe(400);
    await quiet(gate, () => client.socket.bytesRead);
    client.end();
    expect((await within(HANG_MS, client.source.readAll())).toString()).toBe('');
    expect(gate.daemon.bytesReceived).toBe(0);
  });
});

describe('HTTP-015: what comes behind an answer that ends the connection', () => {
  it.each([
    ['since no 100 was sent for it', head('GET /info HTTP/1.1', 'Host: d', 'Expect: 100-continue')],
    ['since the daemon delimited it so', head('GET /containers/x/logs HTTP/1.1', 'Host: d')],
  ])('HTTP-015: a request behind an answer that closes, %s, is not served', async (_, first) => {
    const gate = await start();
    answerAll(gate);
    gate.daemon.on('GET /containers/x/logs', async (call) => {
      await call.start('close-delimited');
      await call.write('a line');
      await call.end();
    });
    const { client, answer } = await exchange(gate, `${first}${SMUGGLED}`);
    expect(answer.status).toBe(200);
    client.end();
    await within(HANG_MS, client.source.readAll());
    await quiet(gate, () => client.socket.bytesRead);
    expect(gate.daemon.calls.all.map(({ method }) => method)).toEqual(['GET']);
    // Were it served, it would have to be in the record all the same.
    expect(gate.audit.having({ event: 'call' }).length).toBeGreaterThanOrEqual(
      gate.daemon.calls.all.length,
    );
  });
});

it('HTTP-016: hop-by-hop headers stay on their hop, and nobody can name himself', async () => {
  const gate = await start();
  answerAll(gate);
  const { client, answer } = await exchange(
    gate,
    head(
      ...['GET /info HTTP/1.1', 'Host: d', 'Connection: keep-alive, TE', 'Keep-Alive: timeout=9'],
      ...['Proxy-Connection: close', 'Proxy-Authorization: x', 'TE: trailers', 'X-User: root'],
    ),
  );
  expect(answer.status).toBe(200);
  const names = gate.daemon.calls.all[0]?.rawHeaders.map(([name]) => name.toLowerCase());
  expect(names).not.toEqual(
    expect.arrayContaining(['keep-alive', 'proxy-connection', 'proxy-authorization', 'te']),
  );
  for (const name of ['keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'trailer']) {
    expect(names).not.toContain(name);
  }
  expect(linesOf(gate, client)).toMatchObject([{ user: 'alice' }]);
});

describe('HTTP-018', () => {
  const WORDS = ['%0d%0aX-Injected:%201%0d%0a%0d%0a', '%22%7d%20', '%00', '%e2%80%a8'];

  it.each(WORDS)(
    'HTTP-018: nothing of /containers/x%s/json becomes a head of the answer',
    async (word) => {
      const gate = await start();
      answerAll(gate, 404);
      const { client, answer } = await exchange(
        gate,
        head(`GET /containers/x${word}/json HTTP/1.1`, 'Host: d', 'Connection: close'),
      );
      expect(headerValue(answer, 'x-injected')).toBeUndefined();
      expect(answer.isWhole).toBe(true);
      expect(() => JSON.parse(answer.body.toString()) as unknown).not.toThrow();
      client.end();
      expect((await client.source.readAll()).toString()).toBe('');
      expect(gate.audit.text.trim().split('\n')).toHaveLength(gate.audit.all.length);
    },
  );
});

describe('HTTP-019', () => {
  it('HTTP-019: a connection that carried a body is never used for anyone else', async () => {
    const gate = await start();
    answerAll(gate);
    const alice = await gate.connect();
    const bob = await gate.connect({ leaf: await gate.ca.client('bob') });
    await alice.call('POST', '/containers/create', { body: '{}' });
    await bob.call('GET', '/info');
    await alice.call('PUT', '/containers/x/archive', { body: 'tar' });
    await bob.call('GET', '/info');
    const [create, info, archive, again] = gate.daemon.calls.all;
    expect(new Set([create, info, archive].map((call) => call?.connection)).size).toBe(3);
    expect(again?.connection).toBe(info?.connection);
  });

  it('HTTP-019: a body that a client breaks off is never completed by the next client', async () => {
    const gate = await start();
    const alice = await gate.connect();
    await alice.send(`${head(...CREATE, 'Content-Length: 100')}{`);
    const create = await gate.daemon.nextCall();
    alice.reset();
    const bob = await gate.connect({ leaf: await gate.ca.client('bob') });
    const answer = bob.call('GET', '/info');
    await (await gate.daemon.nextCall('GET /info')).json(200, {});
    expect((await answer).status).toBe(200);
    expect((await create.body.readAll()).toString()).toBe('{');
    expect(create.body.isComplete).toBe(false);
  });

  const FORGED = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';
  const HONEST = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhonest';

  it('HTTP-019: an answer that the daemon sent too many, at once, is nobody’s', async () => {
    const gate = await start();
    const alice = await gate.connect();
    await alice.send(requestBytes('GET', '/info'));
    const first = await gate.daemon.nextCall();
    await first.raw(`${HONEST}${FORGED}`);
    await first.end();
    expect((await within(HANG_MS, alice.readAnswer())).body.toString()).toBe('honest');

    const bob = await gate.connect({ leaf: await gate.ca.client('bob') });
    await bob.send(requestBytes('GET', '/version'));
    const second = await within(HANG_MS, gate.daemon.nextCall());
    await second.raw(HONEST);
    await second.end();
    expect((await within(HANG_MS, bob.readAnswer())).body.toString()).toBe('honest');
  });

  it('HTTP-019: an answer that the daemon sent too many, later, is nobody’s', async () => {
    const gate = await start();
    const alice = await gate.connect();
    await alice.send(requestBytes('GET', '/info'));
    const first = await gate.daemon.nextCall();
    await first.raw(HONEST);
    await first.end();
    expect((await within(HANG_MS, alice.readAnswer())).body.toString()).toBe('honest');
    await quiet(gate, () => alice.socket.bytesRead);
    await first.raw(FORGED);
    await quiet(gate, () => alice.socket.bytesRead);

    const bob = await gate.connect({ leaf: await gate.ca.client('bob') });
    await bob.send(requestBytes('GET', '/version'));
    const second = await within(HANG_MS, gate.daemon.nextCall());
    await second.raw(HONEST);
    await second.end();
    expect((await within(HANG_MS, bob.readAnswer())).body.toString()).toBe('honest');
  });
});

it('HTTP-020: a refusal in the middle of a 10 GB upload is heard, and not a byte of it goes up', async () => {
  const gate = await start();
  const client = await gate.connect();
  const size = 10 * 1024 ** 3;
  void client.send(head('POST /v1..41/images/load HTTP/1.1', 'Host: d', `Content-Length: ${size}`));
  let poured = 0;
  const piece = Buffer.alloc(1024 * 1024);
  const pouring = async (): Promise<void> => {
    while (await client.send(piece)) poured += piece.length;
  };
  const gone = pouring();
  expect((await within(HANG_MS, client.readAnswer('POST'))).status).toBe(400);
  await within(HANG_MS, gone);
  expect(poured).toBeLessThan(64 * 1024 * 1024);
  expect(gate.daemon.bytesReceived).toBe(0);
  expect(gate.audit.having({ event: 'call' })).toMatchObject([{ status: 400, end: 'refused' }]);
  await expectAlive(gate);
});
