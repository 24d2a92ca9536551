import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkedDecoder } from '../../../src/hijack/chunked.ts';
import { CallError } from '../../../src/errors.ts';
import { PROPERTY } from '../helpers/property.ts';
import { refusalOf } from '../helpers/refusal.ts';

const LIMIT = 1_000;

const decode = (text: string, limit = LIMIT) =>
  new ChunkedDecoder(limit).push(Buffer.from(text, 'latin1'));

describe('ChunkedDecoder', () => {
  it('gives the body and what follows it', () => {
    expect(decode('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nSTDIN')).toEqual({
      body: Buffer.from('abcde'),
      rest: Buffer.from('STDIN'),
    });
  });

  it('takes hexadecimal sizes of up to eight digits, in either case', () => {
    expect(decode('a\r\n0123456789\r\n0\r\n\r\n')?.body.length).toBe(10);
    expect(decode('0000000A\r\n0123456789\r\n00\r\n\r\n')?.body.length).toBe(10);
  });

  it('takes 16,384 chunks, and refuses the next', () => {
    const chunks = '1\r\nx\r\n'.repeat(16_384);
    expect(decode(`${chunks}0\r\n\r\n`, 1e6)?.body.length).toBe(16_384);
    expect(refusalOf(() => decode(`${chunks}1\r\n`, 1e6))).toMatchObject({
      code: 'REQUEST_MALFORMED',
      message: 'refused: a body in more than 16384 chunks',
    });
  });

  it('takes a body that is empty', () => {
    expect(decode('0\r\n\r\n')).toEqual({ body: Buffer.alloc(0), rest: Buffer.alloc(0) });
  });

  it.each(['', '3', '3\r', '3\r\n', '3\r\nab', '3\r\nabc', '3\r\nabc\r', '3\r\nabc\r\n0\r\n\r'])(
    'waits for more after %j',
    (text) => {
      expect(decode(text)).toBeUndefined();
    },
  );

  it.each([
    ['a bare LF after the size', '3\nabc\r\n0\r\n\r\n'],
    ['a bare LF after the data', '3\r\nabc\n0\r\n\r\n'],
    ['a bare LF at the end', '3\r\nabc\r\n0\r\n\n'],
    ['a line that is only LF', '\n'],
    ['a bare CR in the size', '3\rabc\r\n'],
    ['a chunk extension', '3;a=b\r\nabc\r\n0\r\n\r\n'],
    ['a short chunk extension', '3;\r\nabc\r\n'],
    ['a space behind the size', '3 \r\nabc\r\n0\r\n\r\n'],
    ['a space before the size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['a sign', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a prefix', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['no size', '\r\nabc\r\n0\r\n\r\n'],
    ['letters that are no digits', 'xyz\r\n'],
    ['nine digits', '000000003\r\nabc\r\n0\r\n\r\n'],
    ['a size that never ends', '0'.repeat(10)],
    ['more data than the size', '3\r\nabcd\r\n0\r\n\r\n'],
    ['less data than the size', '3\r\nab\r\n0\r\n\r\n'],
    ['a trailer', '0\r\nX-T: 1\r\n\r\n'],
    ['a long trailer', '0\r\nX-Registry-Auth: secret\r\n\r\n'],
  ])('refuses %s, in one piece or byte by byte', (_, text) => {
    expect(refusalOf(() => decode(text)).code).toBe('REQUEST_MALFORMED');
    const decoder = new ChunkedDecoder(LIMIT);
    const slowly = () => {
      for (const byte of Buffer.from(text, 'latin1')) decoder.push(Buffer.of(byte));
    };
    expect(refusalOf(slowly).code).toBe('REQUEST_MALFORMED');
  });

  it('takes a body of exactly the limit, and refuses one byte more before that byte has come', () => {
    const half = `1f4\r\n${'x'.repeat(500)}\r\n`;
    expect(decode(`${half}${half}0\r\n\r\n`)?.body.length).toBe(1_000);
    expect(refusalOf(() => decode(`${half}${half}1\r\n`)).code).toBe('BODY_TOO_LARGE');
    expect(refusalOf(() => decode('3e9\r\n'))).toMatchObject({
      code: 'BODY_TOO_LARGE',
      status: 413,
    });
    expect(refusalOf(() => decode('ffffffff\r\n')).code).toBe('BODY_TOO_LARGE');
  });
});

const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const pieces = fc.array(
  bytes(40).filter(({ length }) => length > 0),
  { maxLength: 12 },
);

/** Cuts `whole` after each of the sizes. */
function split(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(whole.subarray(at, at + size));
    at += size;
  }
  return [...parts, whole.subarray(at)];
}

describe('a chunked body', () => {
  it('is the same however it was cut into chunks and into reads', () => {
    const cuts = fc.array(fc.nat({ max: 30 }), { maxLength: 60 });
    fc.assert(
      fc.property(pieces, bytes(40), cuts, (chunks, behind, sizes) => {
        const framed = chunks.flatMap((chunk) => [
          Buffer.from(`${chunk.length.toString(16)}\r\n`),
          chunk,
          Buffer.from('\r\n'),
        ]);
        const wire = Buffer.concat([...framed, Buffer.from('0\r\n\r\n'), behind]);
        const decoder = new ChunkedDecoder(LIMIT);
        const parts = split(wire, sizes);
        for (const [at, part] of parts.entries()) {
          const whole = decoder.push(part);
          if (whole === undefined) continue;
          expect(whole.body).toEqual(Buffer.concat(chunks));
          expect(Buffer.concat([whole.rest, ...parts.slice(at + 1)])).toEqual(behind);
          return;
        }
        expect.unreachable('the body never became whole');
      }),
      PROPERTY,
    );
  });

  it('of any bytes is whole, waits, or is refused with a CallError', () => {
    const junk = fc.oneof(
      bytes(30),
      fc
        .array(fc.constantFrom('0', '3', 'a', '\r\n', '\n', '\r', 'abc', ';', ' ', 'ffffffff'))
        .map((words) => Buffer.from(words.join(''))),
    );
    fc.assert(
      fc.property(junk, (wire) => {
        try {
          const whole = new ChunkedDecoder(LIMIT).push(wire);
          if (whole !== undefined) expect(whole.body.length).toBeLessThanOrEqual(LIMIT);
        } catch (error) {
          expect(error).toBeInstanceOf(CallError);
        }
      }),
      PROPERTY,
    );
  });
});
