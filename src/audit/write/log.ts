import fs from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { systemCode } from '../../errors.ts';
import type { Link } from '../chain/link.ts';
import { recordText, type AuditRecord, type PartedRecord } from '../chain/record.ts';
import { rotatedName } from './archive.ts';
import type { LogOptions, LogParts, Urgency } from './log-parts.ts';
import { Losses } from './losses.ts';
import { seal, textOf, type Entry, type Line } from './seal.ts';
import { PartialWrite } from './target.ts';
import { Waiting } from './waiting.ts';

/** The most that waits in memory, where anything may. */
const BUFFER_BYTES = 32 * 1024;

/** How long ago the file may have been looked at before a line is written that no call waits for, ms. */
const LOOK_MS = 100;

/** Appends records to a chain of lines. Never throws; see `failure`. */
export class ChainedLog {
  readonly #options: LogOptions;
  readonly #parts: LogParts;
  readonly #losses = new Losses();
  #head: Link;
  #predecessor: Readonly<Record<string, unknown>> | undefined;
  #since: number;
  readonly #waiting = new Waiting((lookMs) => {
    this.#flush(lookMs);
    this.#signWhatIsMuch();
  });
  #unsigned = 0;
  #signedAt = performance.now();
  #lookedAt = 0;
  /** Whether the chain is in the target, which cannot always be seen by looking at it. */
  #begun: boolean;
  #hasRecords: boolean;
  #failure: string | undefined;
  /** False once closed. */
  open = true;
  /** What this process has written, for whoever counts. */
  readonly counts = { lines: 0, bytes: 0, failures: 0, lost: 0 };

  constructor(parts: LogParts, options: LogOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#head = parts.start.head;
    this.#predecessor = parts.start.predecessor;
    this.#since = parts.start.since;
    this.#losses.rest = parts.start.rest;
    this.#begun = parts.target.size > 0;
    this.#hasRecords = this.#begun;
  }

  /** Why the last line could not be written; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The line that was written last. */
  get head(): Link {
    return this.#head;
  }

  /** Writes the line that says that this process goes on with the log, and signs all before it. */
  begin(): void {
    const { key, start } = this.#parts;
    const { chain } = start;
    if (start.head.seq > 0) this.#enter({ event: 'log-opened', chain, key: key?.id });
    this.#flush();
    this.sign();
  }

  /** Where lines are gathered, `settled` tells when this one has been written. */
  append(record: AuditRecord | PartedRecord, urgency: Urgency = 'now'): void {
    if (!this.open) return;
    if (this.failure !== undefined && !this.recover()) {
      this.#lose(1);
      return;
    }
    this.#enter(record, 'record');
    const { gathers } = this.#parts;
    const hasRoom = this.#waiting.bytes < BUFFER_BYTES;
    if (hasRoom && urgency === 'soon' && this.#options.durability === 'buffer') {
      this.#waiting.forAWhile();
    } else if (hasRoom && urgency !== 'now' && gathers !== undefined) {
      this.#waiting.forThisTurn(urgency === 'awaited' ? gathers.lookMs : LOOK_MS);
    } else {
      this.#flush(urgency === 'now' || urgency === 'awaited' ? 0 : LOOK_MS);
      this.#signWhatIsMuch();
    }
  }

  /**
   * Resolves when all that was appended so far is as durable as a call has to wait for: written, and with `fsync` on
   * the disk. It rejects where that failed, which is a failure of the log. Undefined where nothing is left to wait for.
   */
  settled(): Promise<void> | undefined {
    const written = this.#waiting.written();
    if (this.#options.durability !== 'fsync') return written;
    return written === undefined ? this.#synced() : written.then(() => this.#synced());
  }

  #synced(): Promise<void> {
    return this.#parts.target.sync().catch((error: unknown) => {
      const reason = systemCode(error);
      this.#settle(reason);
      this.#losses.doubt(reason, this.#parts.now());
      throw error;
    });
  }

  /** Tries again where writing has failed, and owns up to what was lost. @returns whether all is well. */
  recover(): boolean {
    if (this.failure === undefined) return true;
    try {
      if (!this.#parts.isHeld()) throw new Error('another process has taken the log over');
      this.#parts.target.reopen();
    } catch (error) {
      this.#settle(systemCode(error));
      return false;
    }
    return this.#write([]);
  }

  /** Starts again from the log's name, for whoever has moved the file away. */
  reopen(): void {
    if (!this.open) return;
    this.#flush();
    this.sign();
    try {
      this.#parts.target.reopen();
    } catch (error) {
      this.#settle(systemCode(error));
      return;
    }
    this.#predecessor = undefined;
    this.#write([]);
  }

  /** To be called every second or so: what is due by time. */
  tick(): void {
    if (!this.open) return;
    if (this.failure !== undefined) this.recover();
    else if (!this.#parts.isHeld()) this.#settle('another process has taken the log over');
    if (this.failure !== undefined) return;
    const due = performance.now() - this.#signedAt >= this.#options.checkpointMs;
    if (due && this.#unsigned > 0) this.sign();
    if (this.#isOld()) this.#flush();
  }

  close(): void {
    if (!this.open) return;
    this.#flush();
    if (this.failure === undefined) this.sign();
    this.open = false;
    this.#parts.target.close();
  }

  #settle(failure: string | undefined): void {
    const hasTurned = (failure === undefined) !== (this.#failure === undefined);
    this.#failure = failure;
    if (hasTurned) this.#parts.onState?.(failure);
  }

  #enter(record: AuditRecord | PartedRecord, kind: Entry['kind'] = 'own'): void {
    this.#waiting.add({ kind, body: recordText(record, this.#parts.now()) });
  }

  #flush(lookMs = 0): void {
    const { bytes } = this.#waiting;
    const { entries, settle } = this.#waiting.take();
    if (this.failure === undefined && this.#isFull(bytes)) this.#rotate();
    this.#write(entries, lookMs);
    settle(this.failure);
  }

  #signWhatIsMuch(): void {
    if (this.#unsigned >= this.#options.checkpointLines) this.sign();
  }

  /** Writes a checkpoint: signs all lines so far. */
  sign(): void {
    if (!this.open) return;
    const { key, start, now } = this.#parts;
    this.#signedAt = performance.now();
    if (key === undefined || this.failure !== undefined) return;
    const record = { event: 'checkpoint', chain: start.chain, key: key.id };
    const isSigned = this.#write([{ kind: 'checkpoint', body: recordText(record, now()) }]);
    if (isSigned) this.#unsigned = 0;
  }

  #isFull(bytes: number): boolean {
    const { size, regular } = this.#parts.target;
    if (!regular || size === 0 || !this.#hasRecords) return false;
    const { maxBytes } = this.#options;
    // Without anything to write, as at the end, it does not grow.
    return (maxBytes > 0 && bytes > 0 && size + bytes > maxBytes) || this.#isOld();
  }

  #isOld(): boolean {
    const { maxAgeMs } = this.#options;
    return maxAgeMs > 0 && this.#hasRecords && this.#parts.now() - this.#since > maxAgeMs;
  }

  /** A file that cannot be moved away is written on: better too large than without the line. */
  #rotate(): void {
    this.sign();
    const { file, target, now, onRotated } = this.#parts;
    const name = rotatedName(file, this.#head.seq, now());
    try {
      fs.renameSync(file, name);
      this.#since = now();
      this.#predecessor = { file: path.basename(name) };
      target.reopen();
      onRotated();
    } catch (error) {
      this.#since = now();
      if (!fs.existsSync(file)) this.#settle(systemCode(error));
    }
  }

  /** Writes entries in one go, behind what has to be said first. @returns whether all were taken. */
  #write(entries: readonly Entry[], lookMs = 0): boolean {
    let lines: readonly Line[] = [];
    let prefix = '';
    try {
      const first = this.#mayBeSame(lookMs) ? [] : this.#firstThings();
      prefix = this.#losses.prefix();
      const all = first.length === 0 ? entries : [...first, ...entries];
      const sealed = seal(this.#head, all, this.#parts.key, prefix);
      lines = sealed.lines;
      if (lines.length > 0) this.#parts.target.append(sealed.bytes);
      this.#accept(lines);
      this.#settle(undefined);
      return true;
    } catch (error) {
      const written = error instanceof PartialWrite ? error.written : 0;
      this.#fail(lines, entries, prefix, written);
      this.#settle(systemCode(error instanceof PartialWrite ? error.cause : error));
      return false;
    }
  }

  /** Whether nothing has to be said before the next line, as far as is known without a look at the file. */
  #mayBeSame(lookMs: number): boolean {
    if (this.failure !== undefined || this.#parts.target.size === 0) return false;
    return performance.now() - this.#lookedAt < lookMs;
  }

  /** The first line of a new file, and the owning up to what was lost. */
  #firstThings(): Entry[] {
    const { target, now, file } = this.#parts;
    const expected = target.size;
    const look = target.look();
    this.#lookedAt = performance.now();
    const first: Entry[] = [];
    if (look === 'fresh' || (!target.regular && !this.#begun)) {
      this.#losses.rest = Buffer.alloc(0);
      first.push({ kind: 'first', body: recordText(this.#firstLine(), now()) });
    }
    if (look === 'changed') this.#losses.foreign(file, expected, target.size, now());
    const gap = this.#losses.gap(this.failure, now());
    if (gap !== undefined) first.push({ kind: 'gap', body: recordText(gap, now()) });
    return first;
  }

  #firstLine(): AuditRecord {
    const { start, key, file } = this.#parts;
    const { seq, hash } = this.#head;
    const began = seq === 0;
    return {
      event: began ? 'log-opened' : 'log-rotated',
      chain: start.chain,
      file: path.basename(file),
      key: key?.id,
      predecessor: began ? this.#predecessor : { ...this.#predecessor, seq, hash },
    };
  }

  #accept(lines: readonly Line[]): void {
    this.counts.lines += lines.length;
    for (const { kind, link, text } of lines) {
      this.#head = link;
      this.counts.bytes += text.length;
      this.#unsigned += 1;
      if (kind === 'gap') this.#losses.settle();
      if (kind === 'record') this.#hasRecords = true;
      if (kind !== 'first') continue;
      this.#since = this.#parts.now();
      this.#predecessor = undefined;
      this.#hasRecords = false;
      this.#begun = true;
    }
  }

  #lose(records: number): void {
    this.counts.lost += records;
    this.#losses.add(records, this.#parts.now());
  }

  /** Some of it may have been written: whole lines count, the rest is a torn one. */
  #fail(lines: readonly Line[], entries: readonly Entry[], prefix: string, written: number): void {
    let left = written - prefix.length;
    const whole: Line[] = [];
    for (const line of lines) {
      if (line.text.length > left) break;
      left -= line.text.length;
      whole.push(line);
    }
    this.#accept(whole);
    this.counts.failures += 1;
    this.#lose(countRecords(entries) - countRecords(whole));
    const text = prefix + textOf(lines);
    const from = whole.length === 0 ? 0 : prefix.length + textOf(whole).length;
    this.#losses.tear(text.slice(from, written));
  }
}

function countRecords(entries: readonly Pick<Entry, 'kind'>[]): number {
  return entries.filter(({ kind }) => kind === 'record').length;
}
