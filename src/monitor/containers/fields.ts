/** Reading what a daemon says, whatever it says. */

/** A field of an object, undefined where there is none. */
export function at(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[field];
}

/** A number that is not below 0, at the end of a path. */
export function num(value: unknown, ...path: readonly string[]): number | undefined {
  const found = path.reduce(at, value);
  return typeof found === 'number' && found >= 0 ? found : undefined;
}

export function fieldsOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
