/** Handshakes under way at a time, where many clients come: what they do later is what counts. */
const AT_ONCE = 50;

/** Runs `one` for 0, 1, …, `count` - 1, so many at a time, and gives the results in order. */
export async function crowd<T>(count: number, one: (turn: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  while (results.length < count) {
    const first = results.length;
    const wave = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, at) =>
      one(first + at),
    );
    results.push(...(await Promise.all(wave)));
  }
  return results;
}
