/** The multiplexed output of a container without a terminal: stream, three zeros, length, bytes. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);
  readonly #output: Buffer[] = [];

  /** @returns false where it is no such output. */
  add(chunk: Buffer): boolean {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 8) {
      if (this.#rest.readUInt32BE(0) !== 0x0100_0000) return false;
      const end = 8 + this.#rest.readUInt32BE(4);
      if (this.#rest.length < end) return true;
      this.#output.push(this.#rest.subarray(8, end));
      this.#rest = this.#rest.subarray(end);
    }
    return true;
  }

  /** Standard output so far. */
  output(): Buffer {
    return Buffer.concat(this.#output);
  }

  /** True where it does not end inside a frame. */
  get even(): boolean {
    return this.#rest.length === 0;
  }
}
