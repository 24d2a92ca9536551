/** Lets through at most `burst` events per `windowMs`, and counts the others. */
export class RateLimit {
  readonly #burst: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  #windowStart = -Infinity;
  #used = 0;
  #suppressed = 0;

  /** @param now monotonic clock, ms. */
  constructor(burst: number, windowMs: number, now: () => number) {
    this.#burst = burst;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /**
   * Asks for one event.
   *
   * @returns how many events were suppressed since the last that passed, or undefined where this
   * one is suppressed too.
   */
  take(): number | undefined {
    const now = this.#now();
    if (now - this.#windowStart >= this.#windowMs) {
      this.#windowStart = now;
      this.#used = 0;
    }
    if (this.#used >= this.#burst) {
      this.#suppressed += 1;
      return undefined;
    }
    this.#used += 1;
    return this.drain();
  }

  /** @returns how many events were suppressed since the last that passed; counts anew. */
  drain(): number {
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}
