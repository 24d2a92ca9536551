import type { Stock } from './stock.ts';
import type { Comparison, Trail } from './trail.ts';

/** What must hold at the end. */
export interface Assertion {
  readonly name: string;
  readonly holds: boolean;
  /** What was seen; of a failure, enough to look for it. */
  readonly seen: string;
}

/** How much more than after warm-up the gate may hold. */
const MEMORY_RATIO = 1.1;
const LAG_P99_MS = 50;

export interface Ending {
  readonly faults: readonly string[];
  /** What a fault should have brought about and did not. */
  readonly failures: readonly string[];
  readonly before: Stock;
  readonly after: Stock;
  readonly lagP99: number;
  readonly trail: Trail;
  readonly comparison: Comparison;
  readonly diskFilled: number;
  /** Policies that were none. */
  readonly spoiled: number;
  readonly stopCode: number | null;
  /** Calls that got an answer. */
  readonly answered: number;
}

export function assertions(ending: Ending): Assertion[] {
  const { before, after, trail, comparison, lagP99 } = ending;
  const left = [
    ...growth(before.descriptors, after.descriptors),
    ...growth(before.report.resources, after.report.resources),
    ...growth(before.report.objects, after.report.objects),
  ];
  const memory = held(after) / held(before);
  const refused = trail.reloads.filter(({ result }) => result === 'refused').length;
  return [
    all('every answered call was right, every error has its fault', ending.faults),
    all('every fault had its effect', ending.failures),
    all(
      `every one of ${ending.answered} answered calls is in the trail, or in a gap that it tells of`,
      comparison.faults,
    ),
    is('the trail verifies', trail.verified.code === 0, trail.verified.text.trim()),
    is(
      'each full disk is a gap',
      trail.gaps.length >= ending.diskFilled,
      `${trail.gaps.length} gaps`,
    ),
    is(
      'each bad policy is refused in the trail',
      refused >= ending.spoiled && refused > 0,
      `${refused} reloads refused of ${ending.spoiled} bad policies`,
    ),
    all('no connection, descriptor, timer or upstream socket is left', left),
    is(
      'memory (heap and external, collected) within 10 % of that after warm-up',
      memory <= MEMORY_RATIO,
      `${mib(held(before))} → ${mib(held(after))} MiB, ${percent(memory)}`,
    ),
    is('event loop lag p99 under 50 ms', lagP99 < LAG_P99_MS, `${lagP99.toFixed(1)} ms`),
    is('the gate stops with 0', ending.stopCode === 0, `exit code ${ending.stopCode ?? '-'}`),
  ];
}

/**
 * What the program itself holds. Resident memory is printed beside it, not asserted: it has what the allocator keeps of peaks
 * for the next one, and so tells of the greatest load more than of what was left behind.
 */
export function held({ report: { memory } }: Stock): number {
  return memory.heapUsed + memory.external;
}

export function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

export function percent(ratio: number): string {
  return `${ratio >= 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(1)} %`;
}

/** Kinds of which there are more than before. */
function growth(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(after)
    .filter(([kind, count]) => count > (before[kind] ?? 0))
    .map(([kind, count]) => `${kind}: ${before[kind] ?? 0} → ${count}`);
}

const SHOWN = 12;

function all(name: string, problems: readonly string[]): Assertion {
  const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [];
  const seen = [...problems.slice(0, SHOWN), ...more].join('\n  ');
  return is(name, problems.length === 0, seen === '' ? 'yes' : seen);
}

function is(name: string, holds: boolean, seen: string): Assertion {
  return { name, holds, seen };
}
