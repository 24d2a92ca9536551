import fc from 'fast-check';
import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { requestBytes } from '../support/raw-client.ts';
import { NotHttp } from '../support/raw/response-reader.ts';
import {
  answerAndGo,
  answerOf,
  expectLine,
  expectOneLineEach,
  GET,
  GOES,
  HEAD,
  OK,
  SHAPES,
  UPGRADE,
} from '../support/security/answers.ts';
import { expectAlive, HANG_MS, head } from '../support/security/attack.ts';
import { fuzz, FUZZ_TIMEOUT_MS } from '../support/security/fuzz.ts';

const start = useGate();

/** An answer with something else in the place of some of its bytes, or none of an answer at all. */
const GARBAGE = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record({
      answer: fc.constantFrom(...Object.values(SHAPES).map(({ answer }) => answer)),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat({ max: 8 }),
      scrap: fc.oneof(
        fc.constantFrom('', '\0', '\r', '\n', '\r\n', ' ', ':', '\xff', '0\r\n\r\n', 'chunked'),
        fc.constantFrom('HTTP/1.1 101 X\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'Upgrade: tcp\r\n'),
        fc.constantFrom('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'),
        fc.constantFrom('Connection: Upgrade\r\n', 'Content-Length: 5\r\n', 'Content-Length: 5, 5'),
        fc.constantFrom(
          'HTTP/1.1 99 X\r\n\r\n',
          'HTTP/1.1 100 X\r\n\r\n',
          'HTTP/2.0 200 OK\r\n\r\n',
        ),
      ),
    })
    .map(({ answer, at, length, scrap }) => {
      const from = Math.floor(at * answer.length);
      return Buffer.from(
        `${answer.slice(0, from)}${scrap}${answer.slice(from + length)}`,
        'latin1',
      );
    }),
);

it.each([
  ['an ordinary call', GET],
  ['HEAD', HEAD],
  ['an upgrade', UPGRADE],
] as const)(
  'whatever a daemon answers %s, the client gets HTTP or an end, and the call its line',
  { timeout: FUZZ_TIMEOUT_MS },
  async (_, { request, method }) => {
    const gate = await start();
    await fc.assert(
      fc.asyncProperty(GARBAGE, fc.constantFrom(...GOES), async (answer, goes) => {
        const client = await answerAndGo(gate, request, answer, goes);
        const got = await within(HANG_MS, client.readHead());
        if (got !== undefined && got.status !== 101) {
          await within(HANG_MS, client.readBody(got, method));
        }
        await expectLine(gate, client);
        await expectAlive(gate);
        // The line of that good call.
        await gate.audit.next({ event: 'call' });
      }),
      fuzz(80),
    );
    await expectOneLineEach(gate);
  },
);

/** What no daemon sends, and a broken one might: each ends the call at once. */
const ODD: Readonly<Record<string, string>> = {
  'an upgrade that nobody asked for': head(
    ...['HTTP/1.1 101 UPGRADED', 'Connection: Upgrade', 'Upgrade: tcp'],
  ),
  'a 101 without an Upgrade': head('HTTP/1.1 101 Switching Protocols'),
  'a status of two digits': head('HTTP/1.1 99 X', 'Content-Length: 0'),
  'a status of four digits': head('HTTP/1.1 2000 X', 'Content-Length: 0'),
  'Content-Length with chunked': `${head(OK, 'Content-Length: 3', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  'two Content-Lengths': `${head(OK, 'Content-Length: 1', 'Content-Length: 2')}xx`,
  'a folded header': head(OK, 'X-A: b\r\n c', 'Content-Length: 0'),
  'a bare LF': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'a NUL in a header': head(OK, 'X-A: b\0c', 'Content-Length: 0'),
  'a head over 1 MiB': head(OK, `X-A: ${'b'.repeat(1024 * 1024)}`, 'Content-Length: 0'),
};

it.each(Object.entries(ODD))(
  'a daemon that answers %s, and stays, is answered 502 for',
  async (_, answer) => {
    const gate = await start();
    const client = await gate.connect();
    await client.send(GET.request);
    const call = await gate.daemon.nextCall();
    void call.raw(answer);
    expect((await answerOf(client, 'GET'))?.status).toBe(502);
    await within(HANG_MS, call.connection.peerEnded);
    call.connection.destroy();
    await expectAlive(gate);
  },
);

it('a daemon that answers an upgrade that nobody asked for to an upload is answered 502 for', async () => {
  const gate = await start();
  const client = await gate.connect();
  await client.send(requestBytes('POST', '/containers/create', { body: '{}' }));
  const call = await gate.daemon.nextCall();
  await call.body.readAll();
  void call.raw(ODD['an upgrade that nobody asked for'] ?? '');
  expect((await answerOf(client, 'POST'))?.status).toBe(502);
  await expectAlive(gate);
});

it('an answer that is no HTTP is told from one that is: this client throws', async () => {
  const gate = await start();
  const client = await answerAndGo(
    gate,
    UPGRADE.request,
    `${head('HTTP/1.1 101 X', 'Connection: Upgrade', 'Upgrade: tcp')}no HTTP\r\n\r\n`,
    'closes',
  );
  await client.readHead();
  await expect(client.readHead()).rejects.toThrow(NotHttp);
});
