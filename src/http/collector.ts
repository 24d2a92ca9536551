/**
 * Collects a body that comes in pieces. One buffer that doubles as it fills: a client that sends
 * single bytes costs neither an object for each nor a copy of all that came before.
 */
export class Collector {
  #buffer = Buffer.alloc(0);
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  add(piece: Buffer): void {
    const size = this.#size + piece.length;
    if (size > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(size, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#size);
      this.#buffer = larger;
    }
    piece.copy(this.#buffer, this.#size);
    this.#size = size;
  }

  /** What was collected. */
  get body(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }
}
