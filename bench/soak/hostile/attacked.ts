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
