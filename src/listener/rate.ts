/** The most sources that are told apart; the rest count as one. */
const MAX_SOURCES = 1_000;
const OTHERS = 'others';

/**
 * Lets through at most `burst` events of each source per `windowMs`, and counts the others: a
 * flood from one address must not hide what comes from another.
 */
export class RateLimit {
  readonly #burst: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #used = new Map<string, number>();
  #windowStart = -Infinity;
  #suppressed = 0;

  /** @param now monotonic clock, ms. */
  constructor(burst: number, windowMs: number, now: () => number) {
    this.#burst = burst;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /**
   * Asks for one event of `source`.
   *
   * @returns how many events of any source were suppressed since the last that passed, or
   * undefined where this one is suppressed too.
   */
  take(source: string): number | undefined {
    const now = this.#now();
    if (now - this.#windowStart >= this.#windowMs) {
      this.#windowStart = now;
      this.#used.clear();
    }
    // Too many sources to tell apart: the newcomers share one allowance.
    const known = this.#used.has(source) || this.#used.size < MAX_SOURCES;
    const key = known ? source : OTHERS;
    const used = (this.#used.get(key) ?? 0) + 1;
    this.#used.set(key, used);
    if (used > this.#burst) {
      this.#suppressed += 1;
      return undefined;
    }
    return this.drain();
  }

  /** @returns how many events were suppressed since the last that passed; counts anew. */
  drain(): number {
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}
