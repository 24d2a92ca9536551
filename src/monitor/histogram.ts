/** Upper bounds of the buckets, s: from what the gate adds to a call up to a slow answer of the daemon. */
export const BOUNDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30],
] as const;

/** Counts how long things took. Nothing but a few additions, since it is done at every call. */
export class Histogram {
  /** By bucket, not cumulative; the last is above all bounds. */
  readonly counts = new Float64Array(BOUNDS.length + 1);
  /** Of all that was observed, s. */
  sum = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += seconds;
  }

  /** Observations up to each bound, and at the end all of them. */
  cumulative(): readonly { readonly le: number | '+Inf'; readonly count: number }[] {
    let count = 0;
    return Array.from(this.counts, (here, at) => {
      count += here;
      return { le: BOUNDS[at] ?? '+Inf', count };
    });
  }
}
