import { mib } from '../asserted.ts';
import { isUnderWay, type Attacked } from './attacked.ts';

/** What a gate does with the connections of an attack. */
export interface Expected {
  /** How all of them end, or stand at the end: any of these. */
  readonly ends: readonly string[];
  /** The part that may be under way when the attack is over; none by default. */
  readonly underWay?: number;
  /** Bounds of the median of those that ended, s: where the gate has a clock for them. */
  readonly lasted?: { readonly least: number; readonly most: number };
}

/** Where others come in their place, the last ones are always under way; a slow machine has let few others end before. */
export const UNDER_WAY = 0.5;
/** A peer that is cut off while it writes sees one of these, whichever comes first. */
export const CUT = ['closed', 'ECONNRESET', 'EPIPE'] as const;

/** How much more than a quiet gate one may hold that has been attacked. */
const HELD_RATIO = 3;

/** @param connections that were to be made at the least. @returns what is not as expected, in words. */
export function judgeEnds(expected: Expected, attacked: Attacked, connections: number): string[] {
  const { made, lastedMs } = attacked;
  const found = made < connections ? [`${made} made, expected ${connections}`] : [];
  const others = Object.entries(attacked.ended).filter(([how]) => !expected.ends.includes(how));
  const waiting = others.filter(([how]) => isUnderWay(how));
  const most = Math.floor((expected.underWay ?? 0) * made);
  if (sum(waiting) > most) {
    const hows = waiting.map(([how]) => how).join(' or ');
    found.push(`${sum(waiting)} of ${made} ${hows}, expected ${atTheMost(most)}`);
  }
  for (const [how, count] of others.filter((one) => !waiting.includes(one)))
    found.push(`${count} of ${made} with ${how}, expected none`);
  const { lasted } = expected;
  if (lasted !== undefined && !isWithin(lasted, lastedMs)) {
    const seen = lastedMs === null ? 'none ended' : `lasted ${(lastedMs / 1000).toFixed(1)} s`;
    found.push(`${seen}, expected ${lasted.least} to ${lasted.most} s`);
  }
  return found;
}

/** @param kept by the gate behind an attack. @param quiet what it held before all of them. Heap and external, bytes. */
export function judgeHeld(kept: number, quiet: number): string[] {
  if (kept <= HELD_RATIO * quiet) return [];
  return [`${mib(kept)} MiB held behind it, expected ${mib(HELD_RATIO * quiet)} MiB at the most`];
}

function isWithin({ least, most }: NonNullable<Expected['lasted']>, ms: number | null): boolean {
  return ms !== null && ms >= least * 1000 && ms <= most * 1000;
}

function sum(ended: readonly (readonly [string, number])[]): number {
  return ended.reduce((all, [, count]) => all + count, 0);
}

function atTheMost(count: number): string {
  return count === 0 ? 'none' : `${count} at the most`;
}
