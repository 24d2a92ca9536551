import { expect, it } from 'vitest';
import { Answer } from '../../../src/engine/answer.ts';
import type { EngineResponse } from '../../../src/engine/types.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const CHUNKS = '1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n';

/** An answer that is fed by hand, and what it told. */
function begin() {
  const told: string[] = [];
  let response: EngineResponse | undefined;
  const source = {
    resume: () => told.push('resumed'),
    destroy: () => told.push('destroyed'),
  };
  const events = {
    answered: (answered: EngineResponse) => {
      response = answered;
    },
    failed: () => told.push('failed'),
    free: () => told.push('free'),
  };
  const answer = new Answer(source, { isHead: false }, events);
  /** Gives each piece back at once, and the call up at `aborts`. */
  const take = (aborts?: string): void => {
    response?.read({
      piece: (bytes, done) => {
        told.push(bytes.toString());
        if (bytes.toString() === aborts) answer.abort();
        done();
      },
      end: () => told.push('end'),
      broken: () => told.push('broken'),
    });
  };
  const feed = (text: string): boolean => answer.feed(Buffer.from(text));
  return { answer, told, take, feed };
}

it('has no piece behind its end, where it is given up while it is read', () => {
  const { told, take, feed } = begin();
  feed(HEAD);
  take('a');
  feed(CHUNKS);
  expect(told).toEqual(['resumed', 'a', 'destroyed', 'broken', 'destroyed']);
});

it('has none either, where it had come whole', () => {
  const { told, take, feed } = begin();
  feed(HEAD + CHUNKS);
  take('b');
  expect(told.slice(0, 5)).toEqual(['a', 'b', 'destroyed', 'broken', 'destroyed']);
  expect(told).not.toContain('c');
});

it('frees its connection once, and not with bytes behind it', () => {
  const whole = begin();
  whole.feed(HEAD + CHUNKS);
  whole.take();
  whole.answer.abort();
  whole.answer.ended();
  expect(whole.told.filter((what) => what === 'free' || what === 'destroyed')).toEqual(['free']);

  const more = begin();
  more.feed(`${HEAD}${CHUNKS}HTTP/1.1 200 OK\r\n\r\n`);
  more.take();
  expect(more.told).toEqual(['a', 'b', 'c', 'end', 'destroyed']);
});
