/** A stream of numbers that is the same in every run. */
export interface Random {
  /** An integer from 0 up to, but not with, `limit`. */
  below(limit: number): number;
}

/** @param title printed with the seed, so that a failure can be run again. */
export function random(
  title: string,
  seed = Number(process.env['TEST_SEED'] ?? 20_260_301),
): Random {
  console.log(`${title}: TEST_SEED=${seed}`);
  // mulberry32
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (limit) => Math.floor(next() * limit) };
}
