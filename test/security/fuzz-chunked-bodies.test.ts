import fc from 'fast-check';
import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { head } from '../support/security/attack.ts';
import {
  answerEverything,
  expectHarmless,
  fuzz,
  FUZZ_TIMEOUT_MS,
} from '../support/security/fuzz.ts';
import { HIDDEN, inPieces } from '../support/security/generators.ts';

const start = useGate();

const HEAD = head('POST /containers/create HTTP/1.1', 'Host: d', 'Transfer-Encoding: chunked');
const EXEC_HEAD = head(
  ...['POST /exec/e1/start HTTP/1.1', 'Host: d', 'Connection: Upgrade', 'Upgrade: tcp'],
  'Transfer-Encoding: chunked',
);
const DATA = fc.constantFrom('{}', 'x', HIDDEN, '0\r\n\r\n', '\r\n', 'x'.repeat(5_000));

const sizeOf = (data: string): string => data.length.toString(16);
const chunk = (data: string): string => `${sizeOf(data)}\r\n${data}\r\n`;

/** Chunks as nobody can misread them. */
const HONEST = fc
  .array(DATA, { maxLength: 5 })
  .map((parts) => ({ payload: parts.join(''), wire: `${parts.map(chunk).join('')}0\r\n\r\n` }));

/** Each makes of a chunk what a lenient reader and a strict one may end in different places. */
const BREAK: readonly ((data: string) => string)[] = [
  (data) => `${sizeOf(data)}\n${data}\r\n`,
  (data) => `${sizeOf(data)}\r\n${data}\n`,
  (data) => `${sizeOf(data)}\r\n${data}`,
  (data) => `${sizeOf(data)} \r\n${data}\r\n`,
  (data) => `${sizeOf(data)};a="\r\n"\r\n${data}\r\n`,
  (data) => `${sizeOf(data)};a\n\r\n${data}\r\n`,
  (data) => `0x${sizeOf(data)}\r\n${data}\r\n`,
  (data) => `-${sizeOf(data)}\r\n${data}\r\n`,
  (data) => `${(data.length + 1).toString(16)}\r\n${data}\r\n`,
  (data) => `${(data.length + 2).toString(16)}\r\n${data}\r\n`,
  (data) => `1000000000000000${sizeOf(data)}\r\n${data}\r\n`,
  (data) => `\r\n${data}\r\n`,
  (data) => `${sizeOf(data)}\r\r\n${data}\r\n`,
];

const BROKEN = fc
  .tuple(fc.array(DATA, { maxLength: 3 }), DATA, fc.constantFrom(...BREAK), fc.boolean())
  .map(([parts, data, how, goesOn]) => {
    const tail = goesOn ? `0\r\n\r\n${HIDDEN}` : '';
    return `${parts.map(chunk).join('')}${how(data)}${tail}`;
  });

const wire = (request: string, body: string): Buffer => Buffer.from(`${request}${body}`, 'latin1');

it.each([
  ['an ordinary call', HEAD],
  ['an upgrade', EXEC_HEAD],
])(
  'a well-formed chunked body of %s arrives whole, however it is cut into records',
  { timeout: FUZZ_TIMEOUT_MS },
  async (_, request) => {
    const gate = await start();
    answerEverything(gate);
    const pieces = HONEST.chain(({ payload, wire: body }) =>
      fc.record({
        payload: fc.constant(payload),
        sent: inPieces(fc.constant(wire(request, body))),
      }),
    );
    await fc.assert(
      fc.asyncProperty(pieces, async ({ payload, sent }) => {
        const { calls, received, lines } = await expectHarmless(gate, sent);
        expect(received).toMatch(/^HTTP\/1\.1 200 /);
        expect(calls).toHaveLength(1);
        expect(calls[0]?.body.isComplete).toBe(true);
        expect(calls[0]?.body.byteCount).toBe(payload.length);
        expect(lines).toMatchObject([{ status: 200, bytes_in: payload.length }]);
      }),
      fuzz(60),
    );
  },
);

it.each([
  ['an ordinary call', HEAD],
  ['an upgrade', EXEC_HEAD],
])(
  'a chunked body of %s that could end in two places never ends as if whole, and hides no request',
  { timeout: FUZZ_TIMEOUT_MS },
  async (_, request) => {
    const gate = await start();
    answerEverything(gate);
    const pieces = inPieces(BROKEN.map((body) => wire(request, body)));
    await fc.assert(
      fc.asyncProperty(pieces, async (sent) => {
        const { calls, received, lines } = await expectHarmless(gate, sent);
        expect(received).not.toMatch(/^HTTP\/1\.1 2/m);
        for (const call of calls) expect(call.body.isComplete).toBe(false);
        expect(calls.map(({ path }) => path)).not.toContain('/containers/hidden/kill');
        expect(lines.length).toBeGreaterThan(0);
      }),
      fuzz(100),
    );
  },
);
