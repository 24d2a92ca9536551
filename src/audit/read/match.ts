import { readLink } from '../chain/link.ts';
import type { Block } from './blocks.ts';
import type { Fields, Filter } from './filter.ts';

/** A line that was looked for. */
export interface Match {
  /** As it stands in the file, without its line end. */
  readonly line: string;
  readonly fields: Fields;
}

const LF = 0x0a;
/** Of `"time":"` behind `prev`, and of the time itself. */
const TIME_AT = 8;
const TIME_LENGTH = 24;

/**
 * Calls `onMatch` for each line of a block that matches, in order. Lines are looked at as bytes first: most of them are
 * never parsed.
 *
 * @returns how many lines are torn or damaged, of those that were looked at.
 */
export function eachMatch(block: Block, filter: Filter, onMatch: (match: Match) => void): number {
  if (block.torn) return 1;
  const bytes = block.bytes.subarray(block.start, block.end);
  const [needle, ...others] = filter.needles;
  let bad = 0;
  let from = 0;
  while (from < bytes.length) {
    const found = needle === undefined ? from : bytes.indexOf(needle, from);
    if (found < 0) break;
    const start = needle === undefined ? from : bytes.lastIndexOf(LF, found) + 1;
    const end = bytes.indexOf(LF, found);
    from = end + 1;
    if (!isIn(bytes, start, end, filter)) continue;
    if (others.length > 0 && !hasAll(bytes.subarray(start, end), others)) continue;
    const line = bytes.toString('latin1', start, end);
    const fields = parseLine(line);
    if (fields === undefined) bad += 1;
    else if (filter.matches(fields) && isWithin(fields, filter)) onMatch({ line, fields });
  }
  return bad;
}

function hasAll(line: Buffer, needles: readonly Buffer[]): boolean {
  return needles.every((needle) => line.includes(needle));
}

/** Whether the time of a chained line is within the bounds; others are parsed first. */
function isIn(bytes: Buffer, start: number, end: number, { since, until }: Filter): boolean {
  if (since === undefined && until === undefined) return true;
  const link = readLink(bytes, start, end);
  if (link === undefined) return true;
  const at = link.rest + TIME_AT;
  return isBetween(bytes.toString('latin1', at, at + TIME_LENGTH), since, until);
}

function isWithin({ time }: Fields, { since, until }: Filter): boolean {
  return isBetween(typeof time === 'string' ? time : '', since, until);
}

function isBetween(time: string, since: string | undefined, until: string | undefined): boolean {
  return (since === undefined || time >= since) && (until === undefined || time < until);
}

/** A line as an object; undefined where it is none. */
export function parseLine(line: string): Fields | undefined {
  try {
    const fields: unknown = JSON.parse(line);
    const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
    return isObject ? (fields as Fields) : undefined;
  } catch {
    return undefined;
  }
}
