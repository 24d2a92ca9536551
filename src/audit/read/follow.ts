import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { readLink } from '../chain/link.ts';
import { blocksOf, type Block } from './blocks.ts';
import { findTrail } from './files.ts';
import type { Filter } from './filter.ts';
import { eachMatch, type Match } from './match.ts';

/** How long at the most until a new line is seen, ms. */
const POLL_MS = 200;
const LF = 0x0a;

/**
 * What is written to a log from now on, across rotation: when the name stands for another file, the old one is read to
 * its end first, and whatever was rotated away meanwhile comes between.
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
  try {
    while (!signal.aborted) {
      yield* live.read(filter);
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
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await wait(POLL_MS, undefined, { signal });
  } catch {
    // Ended.
  }
}

function openAtEnd(log: string): Live {
  const live = openLive(log, undefined);
  if (live !== undefined) return live;
  // Not there yet; the first file of that name is read from its beginning.
  return new Live(log, fs.openSync('/dev/null', 'r'), 0);
}

function openLive(log: string, from: number | undefined): Live | undefined {
  try {
    const fd = fs.openSync(log, 'r');
    return new Live(log, fd, from ?? fs.fstatSync(fd).size);
  } catch {
    return undefined;
  }
}

/** A file that grows. */
class Live {
  readonly #log: string;
  readonly #fd: number;
  #at: number;
  #rest = Buffer.alloc(0);
  /** Number of the last line that was read; 0 where there was none. */
  lastSeq = 0;

  constructor(log: string, fd: number, at: number) {
    this.#log = log;
    this.#fd = fd;
    this.#at = at;
  }

  *read(filter: Filter): Generator<Match> {
    for (;;) {
      const bytes = Buffer.allocUnsafe(256 * 1024);
      const count = fs.readSync(this.#fd, bytes, 0, bytes.length, this.#at);
      if (count === 0) return;
      this.#at += count;
      const all = Buffer.concat([this.#rest, bytes.subarray(0, count)]);
      const end = all.lastIndexOf(LF) + 1;
      this.#rest = Buffer.from(all.subarray(end));
      if (end > 0) yield* this.#take({ bytes: all, start: 0, end, torn: false }, filter);
    }
  }

  *#take(block: Block, filter: Filter): Generator<Match> {
    const from = block.end < 2 ? 0 : block.bytes.lastIndexOf(LF, block.end - 2) + 1;
    this.lastSeq = readLink(block.bytes, from, block.end - 1)?.seq ?? this.lastSeq;
    const found: Match[] = [];
    eachMatch(block, filter, (match) => found.push(match));
    yield* found;
  }

  firstSeq(): number {
    const bytes = Buffer.alloc(64 * 1024);
    const count = fs.readSync(this.#fd, bytes, 0, bytes.length, 0);
    const end = bytes.subarray(0, count).indexOf(LF);
    return end < 0 ? 0 : (readLink(bytes, 0, end)?.seq ?? 0);
  }

  isReplaced(): boolean {
    const now = fs.statSync(this.#log, { throwIfNoEntry: false });
    const mine = fs.fstatSync(this.#fd);
    if (now === undefined) return false;
    return now.ino !== mine.ino || now.dev !== mine.dev || mine.size < this.#at;
  }

  close(): void {
    fs.closeSync(this.#fd);
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
