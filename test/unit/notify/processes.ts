import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Process ids of the children of a process, those that wait to be reaped among them. */
export function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

/** Resolves as soon as it is so; the limit of the test is the limit of its patience. */
export async function untilTrue(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5);
}
