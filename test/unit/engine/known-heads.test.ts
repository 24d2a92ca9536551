import { describe, expect, it } from 'vitest';
import { MalformedAnswer, readAnswerHead } from '../../../src/engine/answer-head.ts';
import { readKnownHead } from '../../../src/engine/known-heads.ts';

const head = (length: number | string): string =>
  `HTTP/1.1 200 OK\r\nServer: Docker\r\nContent-Length: ${length}`;

describe('a head that was read lately', () => {
  it('is at hand, and says the same', () => {
    const first = readKnownHead(head(1), false);
    expect(first).toEqual(readAnswerHead(head(1), false));
    expect(readKnownHead(head(1), false)).toBe(first);
  });

  it('is another one where a single character differs', () => {
    readKnownHead(head(2), false);
    expect(readKnownHead(head(3), false).framing).toEqual({ kind: 'length', length: 3 });
    const closing = `${head(2)}\r\nConnection: close`;
    expect(readKnownHead(closing, false).keepAlive).toBe(false);
    expect(readKnownHead(`${head(2)}\r\nConnection: xlose`, false).keepAlive).toBe(true);
  });

  it('is framed as the answer to HEAD or to another method, whichever came first', () => {
    for (const [text, order] of [
      [head(4), [true, false]],
      [head(5), [false, true]],
    ] as const) {
      for (const isHead of [...order, ...order]) {
        expect(readKnownHead(text, isHead).framing.kind).toBe(isHead ? 'none' : 'length');
      }
    }
  });

  it('is refused each time where it is malformed', () => {
    for (let time = 0; time < 3; time += 1) {
      expect(() => readKnownHead(head('x'), false)).toThrow(MalformedAnswer);
    }
  });

  it('is let go of where others came since, and then read anew', () => {
    const first = readKnownHead(head(6), false);
    for (let length = 100; length < 200; length += 1) {
      expect(readKnownHead(head(length), false)).toEqual(readAnswerHead(head(length), false));
    }
    expect(readKnownHead(head(6), false)).toEqual(first);
    expect(readKnownHead(head(6), false)).not.toBe(first);
  });

  it('is not kept where it is long', () => {
    const long = `${head(7)}\r\nX: ${'x'.repeat(1024)}`;
    expect(readKnownHead(long, false)).not.toBe(readKnownHead(long, false));
    expect(readKnownHead(long, false)).toEqual(readAnswerHead(long, false));
  });
});
