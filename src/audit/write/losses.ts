import { hashLine } from '../chain/link.ts';
import type { AuditRecord } from '../chain/record.ts';
import { readTail } from './tail.ts';

/** What went missing, or wrong, since the last line that was written: told by the next one. */
export class Losses {
  #lost = 0;
  #since: number | undefined;
  #changed: string | undefined;
  #doubt: string | undefined;
  /** What stands in the file behind the last whole line. */
  rest: Buffer = Buffer.alloc(0);

  /** @param time when the first of them was lost, ms since the epoch. */
  add(lines: number, time: number): void {
    this.#lost += lines;
    this.#since ??= time;
  }

  /** Lines that were written may not be on the disk. */
  doubt(reason: string, time: number): void {
    this.#doubt = reason;
    this.#since ??= time;
  }

  /** A line of which only the beginning was written. */
  tear(text: string): void {
    this.rest = Buffer.concat([this.rest, Buffer.from(text, 'latin1')]);
  }

  /** Somebody else wrote to the file, or cut it. */
  foreign(file: string, expected: number, found: number, time: number): void {
    this.#changed = `the file was changed by another: ${expected} bytes were left, ${found} were found`;
    this.#since ??= time;
    this.rest = readTail(file)?.rest ?? this.rest;
  }

  /** Ends a torn line, so that the next one is not glued to it. */
  prefix(): string {
    return this.rest.length > 0 && this.rest.at(-1) !== 0x0a ? '\n' : '';
  }

  /** All bytes between the last whole line and the next one. */
  torn(): Readonly<Record<string, unknown>> | undefined {
    if (this.rest.length === 0) return undefined;
    const bytes = Buffer.concat([this.rest, Buffer.from(this.prefix())]);
    return { bytes: bytes.length, sha256: hashLine(bytes) };
  }

  /** @returns the line that owns up; undefined where there is nothing to own up to. */
  gap(failure: string | undefined, until: number): AuditRecord | undefined {
    const torn = this.rest.length === 0 ? undefined : this.torn();
    const why = this.#changed ?? this.#doubt;
    if (this.#lost === 0 && torn === undefined && why === undefined) return undefined;
    return {
      event: 'gap',
      lost: this.#lost,
      since: new Date(this.#since ?? until).toISOString(),
      until: new Date(until).toISOString(),
      reason: why ?? failure ?? 'a line was left unfinished',
      torn,
    };
  }

  /** All has been told. */
  settle(): void {
    this.#lost = 0;
    this.#since = undefined;
    this.#changed = undefined;
    this.#doubt = undefined;
    this.rest = Buffer.alloc(0);
  }
}
