import { performance } from 'node:perf_hooks';

/** So many times as long as a turn took nobody gets the next one. */
const REST = 3;
/** What one does whose turn it is, it does in the event loop's next round, ms. */
const ROUND_MS = 1;

/**
 * Lets those who would take the event loop for themselves go one at a time, and rests in between for
 * everybody else: together they get a quarter of its time.
 */
export class Turnstile {
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #restsUntil = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  /** @param now monotonic clock, ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param go called when its turn has come, never at once. */
  wait(go: () => void): void {
    this.#waiting.push(go);
    this.#arm();
  }

  /** @param spentMs how long a turn took that is just over. */
  rest(spentMs: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, this.#now() + REST * spentMs);
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#waiting.length === 0) return;
    const rest = Math.max(ROUND_MS, Math.ceil(this.#restsUntil - this.#now()));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#now() >= this.#restsUntil) this.#waiting.shift()?.();
      this.#arm();
    }, rest);
  }
}
