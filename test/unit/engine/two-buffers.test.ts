import { expect, it } from 'vitest';
import { TwoBuffers } from '../../../src/engine/two-buffers.ts';

const KIB = 1024;

/** Reads `size` bytes, or as many as there is room for. @returns what was read into. */
function read(memory: TwoBuffers, size = Infinity): Buffer {
  const buffer = memory.next;
  memory.turn(Math.min(size, buffer.length), buffer.length);
  return buffer;
}

it('takes its two buffers by turns', () => {
  const memory = new TwoBuffers();
  const [first, second, third] = [read(memory, 1), read(memory, 1), read(memory, 1)];
  expect(second).not.toBe(first);
  expect(third).toBe(first);
});

it('has larger ones for bulk, until it is no more', () => {
  const memory = new TwoBuffers();
  const small = [read(memory), read(memory)];
  const bulk = [read(memory), read(memory)];
  expect(bulk.map(({ length }) => length)).toEqual([256 * KIB, 256 * KIB]);
  for (let times = 0; times < 63; times += 1) read(memory, 64 * KIB - 1);
  expect(memory.next.length).toBe(256 * KIB);
  // One of more than a small buffer, and the count begins again.
  read(memory, 64 * KIB);
  for (let times = 0; times < 64; times += 1) expect(read(memory, 1).length).toBe(256 * KIB);
  expect(small).toContain(memory.next);
});
