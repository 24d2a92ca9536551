/** The most requests that may wait behind the one being served on a connection. */
const MAX_WAITING = 64;

/**
 * The requests of one connection, served one at a time in the order in which they came. Node hands
 * over pipelined requests at once; the daemon, which has to see them in order, gets each after the
 * answer to the one before (RFC 9112 section 9.3.2), and an upgrade only once the answers before
 * it have left the connection.
 */
export class Turns {
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = false;

  /** True while a request of the connection is being served. */
  get busy(): boolean {
    return this.#running;
  }

  /** How many wait behind the one being served. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Serves a request now, or when those before it are done.
   *
   * @param run carries the request; resolves, never rejects, when the connection is free again.
   * @returns false where too many wait already; the request is not taken.
   */
  take(run: () => Promise<void>): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(run);
    if (!this.#running) void this.#serve();
    return true;
  }

  async #serve(): Promise<void> {
    this.#running = true;
    for (let run = this.#waiting.shift(); run !== undefined; run = this.#waiting.shift()) {
      await run();
    }
    this.#running = false;
  }
}
