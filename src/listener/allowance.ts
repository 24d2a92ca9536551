/** What one source may still do: so much a second, and a second's worth at once after a rest. */
export class Allowance {
  readonly #perSecond: number;
  #left: number;
  #at: number;

  /** @param now ms on a clock that does not jump, here and below. */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#at = now;
  }

  /** Takes one, or what is left of it. */
  take(now: number): void {
    this.#refill(now);
    this.#left = Math.max(0, this.#left - 1);
  }

  /** ms until there is one to take; 0 where there is. */
  wait(now: number): number {
    this.#refill(now);
    return this.#left >= 1 ? 0 : ((1 - this.#left) / this.#perSecond) * 1000;
  }

  /** Whether all of it is there, as if nothing had ever been taken. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#left >= this.#perSecond;
  }

  #refill(now: number): void {
    const more = (Math.max(0, now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + more);
    this.#at = now;
  }
}
