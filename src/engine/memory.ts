/** Enough for any small answer in one read, bytes. */
const SHARED_SIZE = 64 * 1024;
/** For those that fill the shared one again and again, bytes. */
const BULK_SIZE = 256 * 1024;
/** After so many full reads in a row an answer is bulk. */
const FULL_READS = 2;

/** Memory into which all connections of an engine read that have little to read: thousands of open streams have one. */
export type SharedMemory = Buffer;

export function createSharedMemory(): SharedMemory {
  return Buffer.allocUnsafeSlow(SHARED_SIZE);
}

/** What one connection reads into: the shared memory, and for as long as an answer is bulk one of its own. */
export class ReadMemory {
  readonly #shared: SharedMemory;
  #own: Buffer | undefined;
  #full = 0;

  constructor(shared: SharedMemory) {
    this.#shared = shared;
  }

  /** Where the next read goes. */
  get next(): Buffer {
    return this.#own ?? this.#shared;
  }

  /** True where what was read last stays as it is until the next read, and not only for now. */
  get isOwn(): boolean {
    return this.#own !== undefined;
  }

  /** @param size bytes that were read. */
  note(size: number): void {
    this.#full = size === this.next.length ? this.#full + 1 : 0;
    if (this.#full === FULL_READS) this.#own ??= Buffer.allocUnsafeSlow(BULK_SIZE);
  }

  /** The answer is over. */
  release(): void {
    this.#own = undefined;
    this.#full = 0;
  }
}
