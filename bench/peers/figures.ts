/** What was measured: one value for each workload, front and round. */
export class Figures {
  readonly #values = new Map<string, Map<string, number[]>>();

  add(workload: string, front: string, value: number): void {
    const fronts = this.#values.get(workload) ?? new Map<string, number[]>();
    this.#values.set(workload, fronts);
    fronts.set(front, [...(fronts.get(front) ?? []), value]);
  }

  workloads(): string[] {
    return [...this.#values.keys()];
  }

  fronts(): string[] {
    return [...new Set([...this.#values.values()].flatMap((fronts) => [...fronts.keys()]))];
  }

  of(workload: string, front: string): readonly number[] {
    return this.#values.get(workload)?.get(front) ?? [];
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Both of one round, so that a machine that is slow for a while is slow for both. */
export function perRound(
  these: readonly number[],
  those: readonly number[],
  combine: (a: number, b: number) => number,
): number[] {
  const rounds = Math.min(these.length, those.length);
  return Array.from({ length: rounds }, (_, at) => combine(these[at] ?? NaN, those[at] ?? NaN));
}
