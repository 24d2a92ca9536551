/** How a connection stands that is not over when its attack is: told nothing yet, or not even let in so far. */
export const STILL_OPEN = 'still open';
export const NOT_LET_IN = 'not let in';

/** True of one that has neither an answer nor an end. */
export function isUnderWay(how: string): boolean {
  return how === STILL_OPEN || how === NOT_LET_IN;
}

/** What became of the connections of an attack. */
export interface Attacked {
  readonly made: number;
  /** How they ended, as the attacker saw it: by the status of an answer, an error, or not at all. */
  readonly ended: Readonly<Record<string, number>>;
  /** Median of those that ended, ms. */
  readonly lastedMs: number | null;
}

export function together(parts: readonly Attacked[]): Attacked {
  const ended: Record<string, number> = {};
  for (const part of parts) {
    for (const [how, count] of Object.entries(part.ended)) ended[how] = (ended[how] ?? 0) + count;
  }
  const made = parts.reduce((sum, part) => sum + part.made, 0);
  return { made, ended, lastedMs: parts[0]?.lastedMs ?? null };
}
