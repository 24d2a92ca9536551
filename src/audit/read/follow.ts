import { setTimeout as wait } from 'node:timers/promises';
import { blocksOf } from './blocks.ts';
import { findTrail } from './files.ts';
import type { Filter } from './filter.ts';
import { Beside, openAtEnd, openLive, type Live } from './live.ts';
import { eachMatch, type Match } from './match.ts';

/** How long at the most until a new line is seen, ms. */
const POLL_MS = 200;

/**
 * What is written to a log from now on, across rotation: when the name stands for another file, the old one is read to
 * its end first, and whatever was rotated away meanwhile comes between. What other processes write beside it comes too.
 *
 * @param log path of the live file.
 * @param signal ends the following.
 */
export async function* follow(
  log: string,
  filter: Filter,
  signal: AbortSignal,
): AsyncGenerator<Match> {
  let live = openAtEnd(log);
  const beside = new Beside(log);
  try {
    while (!signal.aborted) {
      yield* newLines(live, beside, filter);
      if (live.isReplaced()) {
        yield* live.read(filter);
        const next = openLive(log, 0);
        if (next !== undefined) {
          live.close();
          yield* between(log, live.lastSeq, next.firstSeq(), filter);
          live = next;
          continue;
        }
      }
      await pause(signal);
    }
  } finally {
    live.close();
    beside.close();
  }
}

/** Those of several files in the order of their times; of one file as they stand. */
function* newLines(live: Live, beside: Beside, filter: Filter): Generator<Match> {
  const others = [...beside.read(filter)];
  if (others.length === 0) yield* live.read(filter);
  else yield* [...live.read(filter), ...others].sort((a, b) => compare(timeOf(a), timeOf(b)));
}

/** RFC 3339 in UTC with milliseconds: the order of the text is that of time. */
const timeOf = ({ fields }: Match): string => String(fields['time']);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await wait(POLL_MS, undefined, { signal });
  } catch {
    // Ended.
  }
}

/** Lines of files that came and went while nobody looked. */
async function* between(
  log: string,
  lastSeq: number,
  firstSeq: number,
  filter: Filter,
): AsyncGenerator<Match> {
  if (lastSeq === 0 || firstSeq <= lastSeq + 1) return;
  const isMissed = ({ fields }: Match): boolean => {
    const seq = Number(fields['seq']);
    return seq > lastSeq && seq < firstSeq;
  };
  for (const { files } of await findTrail(log)) {
    const missed = files.filter((file) => file.firstSeq > lastSeq && file.firstSeq < firstSeq);
    for (const { path } of missed) {
      for await (const block of blocksOf(path)) {
        const found: Match[] = [];
        eachMatch(block, filter, (match) => found.push(match));
        yield* found.filter(isMissed);
      }
    }
  }
}
