import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TwoBuffers } from '../../../src/engine/two-buffers.ts';

const KIB = 1024;

/** Reads `size` bytes, or as many as there is room for. @returns what was read into. */
function read(memory: TwoBuffers, size = Infinity): Buffer {
  const buffer = memory.next;
  memory.turn(Math.min(size, buffer.length), buffer.length);
  return buffer;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('takes its two buffers by turns', () => {
  const memory = new TwoBuffers();
  const [first, second, third] = [read(memory, 1), read(memory, 1), read(memory, 1)];
  expect(second).not.toBe(first);
  expect(third).toBe(first);
});

it('has larger ones for bulk, for as long as that fills them', () => {
  const memory = new TwoBuffers();
  const small = [read(memory), read(memory)];
  const bulk = [read(memory), read(memory)];
  expect(bulk.map(({ length }) => length)).toEqual([256 * KIB, 256 * KIB]);
  expect(bulk[1]).not.toBe(bulk[0]);
  for (let second = 0; second < 5; second += 1) {
    read(memory);
    read(memory);
    vi.advanceTimersByTime(1_000);
    expect(bulk).toContain(memory.next);
  }
  vi.advanceTimersByTime(1_000);
  expect(small).toContain(memory.next);
  expect(vi.getTimerCount()).toBe(0);
});

it('has them again for the next bulk', () => {
  const memory = new TwoBuffers();
  for (let times = 0; times < 2; times += 1) {
    read(memory, 64 * KIB - 1);
    read(memory);
    expect(memory.next.length).toBe(64 * KIB);
    read(memory);
    expect(memory.next.length).toBe(256 * KIB);
    vi.advanceTimersByTime(2_000);
    expect(memory.next.length).toBe(64 * KIB);
  }
});
