/** Counts how often each of a few things has happened. What may happen is known beforehand. */
export class Tally<T extends string> {
  readonly #counts: Map<T, number>;

  /** @param names all are counted from 0, so that a series is there before the first time. */
  constructor(names: readonly T[]) {
    this.#counts = new Map(names.map((name) => [name, 0]));
  }

  add(name: T, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  all(): Iterable<readonly [T, number]> {
    return this.#counts;
  }
}
