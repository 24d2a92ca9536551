/** Of every property test; fast-check prints the seed with the counterexample. */
export const PROPERTY = { seed: 20_251_124, numRuns: 1_000 } as const;
