/** Enough for what comes at a time in most tunnels, bytes. What is not read into takes no memory of the machine. */
const SMALL = 64 * 1024;
/** For tunnels that fill a small one again and again, bytes. */
const BULK = 256 * 1024;
/** After so many full reads in a row a tunnel carries bulk, and after a time without any no more, ms. */
const FULL_READS = 2;
const REST_MS = 1_000;

/**
 * What a tunnel reads into: two buffers by turns. While one is being written to the client, the other is read into; when
 * both are, nothing is read.
 */
export class TwoBuffers {
  readonly #small: readonly [Buffer, Buffer] = [newBuffer(SMALL), newBuffer(SMALL)];
  #bulk: readonly [Buffer, Buffer] | undefined;
  #turn: 0 | 1 = 0;
  #full = 0;
  #isUsed = false;

  /** Where the next read goes. */
  get next(): Buffer {
    return (this.#bulk ?? this.#small)[this.#turn];
  }

  /**
   * Something has been read into one; the other is next.
   *
   * @param size bytes that were read.
   * @param room bytes that there was room for.
   */
  turn(size: number, room: number): void {
    this.#turn = this.#turn === 0 ? 1 : 0;
    this.#full = size === room ? this.#full + 1 : 0;
    if (this.#full >= FULL_READS) {
      this.#isUsed = true;
      if (this.#bulk === undefined) this.#grow();
    }
  }

  #grow(): void {
    this.#bulk = [newBuffer(BULK), newBuffer(BULK)];
    const look = (): void => {
      if (!this.#isUsed) this.#bulk = undefined;
      else setTimeout(look, REST_MS).unref();
      this.#isUsed = false;
    };
    look();
  }
}

function newBuffer(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size);
}
