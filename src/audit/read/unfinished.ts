import fs from 'node:fs';
import type { AuditRecord } from '../chain/record.ts';
import { findTrail } from './files.ts';
import { compileFilter, type Fields } from './filter.ts';
import { query } from './query.ts';

/** A run of a gate is looked through so far from its end, in lines. A call that began before that stays without an end. */
const MOST_LINES = 200_000;

const FILTER = { event: ['intent', 'call', 'gate-start', 'gate-stop'] };

/**
 * The calls of the last run that have an intent and no end, because their gate was killed: as the `call` lines that it
 * could not write any more. Nothing where it has stopped in order, or writes no file.
 *
 * @param log path of the log.
 * @throws CommandError `AUDIT_UNREADABLE`.
 */
export async function findUnfinished(log: string): Promise<AuditRecord[]> {
  if (fs.lstatSync(log, { throwIfNoEntry: false })?.isFile() !== true) return [];
  const ended = new Set<unknown>();
  const unfinished: Fields[] = [];
  const lines = query(await findTrail(log), compileFilter(FILTER), {
    order: 'newest',
    limit: MOST_LINES,
  });
  for await (const { fields } of lines) {
    const { event, id } = fields;
    if (isBoundary(fields)) break;
    if (event === 'gate-start' || event === 'gate-stop') continue;
    if (event === 'call') ended.add(id);
    else if (!ended.has(id)) unfinished.push(fields);
  }
  return unfinished.reverse().map(endOf);
}

/** Before these lines nothing of the run is. One that took over, or was taken over from, ran beside another. */
function isBoundary({ event, previous, successor }: Fields): boolean {
  return (
    (event === 'gate-start' && previous === undefined) ||
    (event === 'gate-stop' && successor === undefined)
  );
}

/** Where the intent stands, and when. */
const OF_THE_LINE = new Set(['v', 'seq', 'prev', 'time']);

/** What is not known of it is not said. */
function endOf(intent: Fields): AuditRecord {
  const told = Object.entries(intent).filter(([name]) => !OF_THE_LINE.has(name));
  return {
    ...Object.fromEntries(told),
    event: 'call',
    status: 0,
    end: 'gate-killed',
    reason: `the gate was killed after this call began at ${String(intent['time'])}; how it went on is not known`,
  };
}
