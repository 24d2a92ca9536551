import { describe, expect, it } from 'vitest';
import { MalformedAnswer, type AnswerHead } from '../../../src/engine/answer-head.ts';
import { AnswerReader } from '../../../src/engine/answer-reader.ts';

interface Read {
  readonly head: AnswerHead | undefined;
  readonly body: string;
  readonly trailers: readonly string[] | undefined;
  readonly rest: string;
}

/** Feeds an answer in pieces of `size` bytes, each of which is overwritten as soon as it was fed. */
function read(text: string, { size = text.length, isHead = false, ends = false } = {}): Read {
  let head: AnswerHead | undefined;
  let body = '';
  let trailers: readonly string[] | undefined;
  const reader = new AnswerReader(
    {
      head: (said) => {
        head = said;
        return true;
      },
      piece: (bytes) => {
        body += bytes.toString('latin1');
      },
      end: (said) => {
        trailers = [...said];
      },
    },
    isHead,
  );
  let rest = '';
  for (let at = 0; at < text.length; at += size) {
    const piece = Buffer.from(text.slice(at, at + size), 'latin1');
    rest += reader.feed(piece).toString('latin1');
    piece.fill(0x2a);
  }
  if (ends) reader.end();
  return { head, body, trailers, rest };
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('an answer is read the same, wherever it is cut', () => {
  const answers = [
    ['a length', `${OK}Content-Length: 5\r\n\r\nhello`, 'hello', []],
    ['no body', 'HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n', '', []],
    [
      'chunks',
      `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n`,
      'abcde',
      [],
    ],
    [
      'trailers',
      `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: v\r\n\r\n`,
      'a',
      ['T', 'v'],
    ],
    [
      'sizes in digits of either case, and with zeros before them',
      `${OK}Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n00b\r\nabcdefghijk\r\n0000000000001\r\nx\r\n000\r\n\r\n`,
      '0123456789abcdefghijkx',
      [],
    ],
    ['an interim answer', `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`, 'x', []],
  ] as const;
  it.each(answers)('with %s', (_, text, body, trailers) => {
    for (let size = 1; size <= text.length; size += 1) {
      expect(read(text, { size })).toMatchObject({ body, trailers, rest: '' });
    }
  });
});

it('ends a body without a length with its connection', () => {
  expect(read(`${OK}\r\nall of it`).trailers).toBeUndefined();
  expect(read(`${OK}\r\nall of it`, { ends: true })).toMatchObject({
    body: 'all of it',
    trailers: [],
  });
});

it('gives back what stands behind an answer', () => {
  expect(read(`${OK}Content-Length: 1\r\n\r\nxHTTP/1.1`).rest).toBe('HTTP/1.1');
});

it('knows of no body behind HEAD, whatever its length says', () => {
  const { head, trailers } = read(`${OK}Content-Length: 9\r\n\r\n`, { isHead: true });
  expect(head?.framing).toEqual({ kind: 'none' });
  expect(trailers).toEqual([]);
});

describe('what two readers might read in two ways is no answer', () => {
  it.each([
    ['no status line', 'hello'],
    ['HTTP/0.9', '<html>'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['lines that end with LF, and no more', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nOK'],
    ['a folded header', `${OK}A: b\r\n c\r\n\r\n`],
    ['a space before the colon', `${OK}Content-Length : 2\r\n\r\nOK`],
    ['a control character in a value', `${OK}A: b\0c\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nOK`],
    ['a length that is no number', `${OK}Content-Length: +2\r\n\r\nOK`],
    [
      'a length together with chunks',
      `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ['another coding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ['a chunk size with a sign', `${OK}Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n`],
    ['a chunk longer than its size', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`],
    ['chunk lines that end with LF', `${OK}Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n`],
    ['a head without end', `${OK}A: ${'b'.repeat(1024 * 1024)}`],
  ])('%s', (_, text) => {
    expect(() => read(text)).toThrow(MalformedAnswer);
  });
});

describe('a size that is none is refused, however the line comes', () => {
  it.each([
    ['nothing', ''],
    ['no digit', 'g'],
    ['a digit and something else', '1g'],
    ['a sign', '-1'],
    ['a prefix', '0x1'],
    ['a space before it', ' 1'],
    ['two sizes', '1 1'],
    ['more than 2^52', '10000000000000'],
    ['zeros without end', '00000000000001'],
    ['a carriage return in it', '1\r1'],
    ['a control character in its extension', '1;\0'],
  ])('%s', (_, line) => {
    const text = `${OK}Transfer-Encoding: chunked\r\n\r\n${line}\r\na\r\n0\r\n\r\n`;
    for (const size of [text.length, 1, 2, 3]) {
      expect(() => read(text, { size })).toThrow(MalformedAnswer);
    }
  });
});

it('reads sizes to the last digit', () => {
  const text = `${OK}Transfer-Encoding: chunked\r\n\r\n2710\r\n${'x'.repeat(10_000)}\r\n0\r\n\r\nrest`;
  expect(read(text)).toMatchObject({ body: 'x'.repeat(10_000), trailers: [], rest: 'rest' });
});
