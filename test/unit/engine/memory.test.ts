import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ReadMemory, SpareMemory } from '../../../src/engine/memory.ts';

const KIB = 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of buffers that somebody still has. */
function held(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Connections that are open at the same time and have read more than once; all are closed again. */
function burst(spare: SpareMemory): void {
  const memories = Array.from({ length: 500 }, () => new ReadMemory(spare));
  for (const memory of memories) memory.turn();
  for (const memory of memories) memory.giveBack();
}

it('has what a connection left behind for the next one', () => {
  const spare = new SpareMemory();
  const first = new ReadMemory(spare);
  const buffer = first.next;
  first.giveBack();
  expect(new ReadMemory(spare).next).toBe(buffer);
});

it('keeps no more than half a megabyte of what a burst of connections needed', () => {
  const spare = new SpareMemory();
  const before = held();
  burst(spare);
  expect(held() - before).toBeLessThanOrEqual(512 * KIB);
  expect(new ReadMemory(spare).next.length).toBe(64 * KIB);
});
