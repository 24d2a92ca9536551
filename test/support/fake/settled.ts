/**
 * Resolves when the count has stood still for many turns of the event loop. Every party of these
 * tests turns with that loop, so what has not moved by then waits for a reader.
 */
export async function settled(count: () => number): Promise<void> {
  let last = -1;
  for (let quiet = 0; quiet < 1000; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (count() !== last) quiet = 0;
    last = count();
  }
}
