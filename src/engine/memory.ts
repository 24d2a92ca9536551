/** Enough for any small answer in one read, bytes. What is not read into takes no memory of the machine. */
const SMALL = 64 * 1024;
/** For answers that fill a small one again and again, bytes. */
const BULK = 256 * 1024;
/** After so many full reads in a row an answer is bulk. */
const FULL_READS = 2;
/** Half a megabyte: connections come and go a few at a time, and the memory of a burst is not to stay behind for good. */
const MAX_SPARE = 8;

/** Small buffers that connections have left behind, for the next ones. */
export class SpareMemory {
  readonly #spare: Buffer[] = [];

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(SMALL);
  }

  give(buffer: Buffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}

/** What one connection reads into: the same two by turns, and a larger one for as long as its answer is bulk. */
export class ReadMemory {
  readonly #spare: SpareMemory;
  #small: Buffer;
  #other: Buffer | undefined;
  #bulk: Buffer | undefined;
  #full = 0;

  constructor(spare: SpareMemory) {
    this.#spare = spare;
    this.#small = spare.take();
  }

  /** Where the next read goes. */
  get next(): Buffer {
    return this.#bulk ?? this.#small;
  }

  /**
   * @param size bytes that were read.
   * @param room bytes that there was room for.
   */
  note(size: number, room: number): void {
    this.#full = size === room ? this.#full + 1 : 0;
    if (this.#full === FULL_READS) this.#bulk ??= Buffer.allocUnsafeSlow(BULK);
  }

  /** What was read last may still be in use when the next read comes, which goes elsewhere then. */
  turn(): void {
    if (this.#bulk === undefined) {
      const read = this.#small;
      this.#small = this.#other ?? this.#spare.take();
      this.#other = read;
    }
    this.release();
  }

  /** The answer is over. */
  release(): void {
    this.#bulk = undefined;
    this.#full = 0;
  }

  /** So is the connection, and nobody uses anything of it. */
  giveBack(): void {
    this.#spare.give(this.#small);
    if (this.#other !== undefined) this.#spare.give(this.#other);
  }
}
