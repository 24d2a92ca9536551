import fs from 'node:fs';
import path from 'node:path';
import { readLink } from '../chain/link.ts';
import type { Block } from './blocks.ts';
import { namesBeside } from './files.ts';
import type { Filter } from './filter.ts';
import { eachMatch, type Match } from './match.ts';

const LF = 0x0a;

/** Opens a log behind what is in it now. */
export function openAtEnd(log: string): Live {
  const live = openLive(log, undefined);
  if (live !== undefined) return live;
  // Not there yet; the first file of that name is read from its beginning.
  return new Live(log, fs.openSync('/dev/null', 'r'), 0);
}

/** @param from where to begin, in bytes; undefined: at its end. @returns undefined where it cannot be opened. */
export function openLive(log: string, from: number | undefined): Live | undefined {
  try {
    const fd = fs.openSync(log, 'r');
    return new Live(log, fd, from ?? fs.fstatSync(fd).size);
  } catch {
    return undefined;
  }
}

/** A file that grows. */
export class Live {
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

/** The files that other processes write beside a log: `audit.2.jsonl`, … They come and stay. */
export class Beside {
  readonly #log: string;
  readonly #files = new Map<string, Live>();

  constructor(log: string) {
    this.#log = log;
    this.#find(undefined);
  }

  *read(filter: Filter): Generator<Match> {
    this.#find(0);
    for (const live of this.#files.values()) yield* live.read(filter);
  }

  close(): void {
    for (const live of this.#files.values()) live.close();
  }

  #find(from: number | undefined): void {
    const { dir, name, ext } = path.parse(this.#log);
    // Where the directory has gone there are none; it may come back.
    if (!fs.existsSync(dir === '' ? '.' : dir)) return;
    for (const file of namesBeside(this.#log)) {
      const isOne = file.startsWith(`${name}.`) && file.endsWith(ext) && !this.#files.has(file);
      const number = file.slice(name.length + 1, file.length - ext.length);
      if (!isOne || !/^\d{1,2}$/.test(number)) continue;
      const live = openLive(path.join(dir, file), from);
      if (live !== undefined) this.#files.set(file, live);
    }
  }
}
