/** What can hold back what is written to it. */
export interface Gatherable {
  write(bytes: Buffer): boolean;
  cork(): void;
  uncork(): void;
}

/**
 * Writes to a stream so that all that comes within one turn of the event loop leaves in one go. TLS hands over 16 KiB
 * at a time, and several of them for each read: one by one they would cost a system call each.
 *
 * The stream's own limit counts as always, and its `end` sends off what is still held.
 */
export class Gathering {
  readonly #stream: Gatherable;
  #isHolding = false;

  constructor(stream: Gatherable) {
    this.#stream = stream;
  }

  /** @returns false where the caller should wait for `drain`. */
  write(bytes: Buffer): boolean {
    const stream = this.#stream;
    if (!this.#isHolding) {
      this.#isHolding = true;
      stream.cork();
      setImmediate(this.#release);
    }
    const hasRoom = stream.write(bytes);
    // It has enough, so there is nothing to wait for.
    if (!hasRoom) this.#release();
    return hasRoom;
  }

  readonly #release = (): void => {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#stream.uncork();
  };
}
