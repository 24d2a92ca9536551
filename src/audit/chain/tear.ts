import { hashLine } from './link.ts';

/** More than this without a line of a chain is no torn line, in bytes. */
const LONGEST = 1024 * 1024;

/** What stands between two lines of a chain and is none: a torn line, or something foreign. */
export class Tear {
  #bytes = Buffer.alloc(0);
  /** Number in the file of the first line of it, from 1. */
  line = 0;

  get isThere(): boolean {
    return this.#bytes.length > 0;
  }

  get isTooLong(): boolean {
    return this.#bytes.length > LONGEST;
  }

  add(bytes: Buffer, from: number, to: number, line: number): void {
    if (!this.isThere) this.line = line;
    // A copy: the block that it came in is filled anew.
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(from, to)]);
  }

  /** @returns whether these are the exact bytes that the line behind them owns up to. */
  isTold(torn: unknown): boolean {
    const told = typeof torn === 'object' && torn !== null ? (torn as { sha256?: unknown }) : {};
    return told.sha256 === hashLine(this.#bytes);
  }

  /** Length in bytes of a line that was never finished; undefined where a line end is in it. */
  get unfinished(): number | undefined {
    return this.#bytes.includes(0x0a) ? undefined : this.#bytes.length;
  }

  clear(): void {
    this.#bytes = Buffer.alloc(0);
  }
}
