import { ARRAY, OBJECT, QUOTE, Scanner } from './scanner.ts';

/** A number as it was written. */
export interface JsonNumber {
  readonly number: string;
}

/** A JSON value; objects keep their keys as they are, exactly once. */
export type Json =
  null | boolean | string | JsonNumber | readonly Json[] | ReadonlyMap<string, Json>;

/**
 * Reads a JSON text of which the caller knows the shape only as it goes (a query parameter, a small
 * answer of the daemon), by the rules of {@link Scanner}: undefined for what is no JSON to Go's
 * encoding/json, and for what readers differ on, which is a key given twice, half a surrogate pair,
 * or nesting without end.
 */
export function readJsonValue(text: string): Json | undefined {
  if (LONE_SURROGATE.test(text)) return undefined;
  const scan = new Scanner(text);
  try {
    const value = readValue(scan);
    scan.end();
    return value;
  } catch {
    // The refusal speaks of bodies; who asked knows better what this text is.
    return undefined;
  }
}

/** No UTF-8 decodes to these, but not every text here has been UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export function isObject(value: Json | undefined): value is ReadonlyMap<string, Json> {
  return value instanceof Map;
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isString(value: Json | undefined): value is string {
  return typeof value === 'string';
}

function readValue(scan: Scanner): Json {
  switch (scan.peek()) {
    case QUOTE:
      return scan.string();
    case OBJECT:
      return readObject(scan);
    case ARRAY:
      return readArray(scan);
    default:
      if (scan.take('null')) return null;
      if (scan.take('true')) return true;
      if (scan.take('false')) return false;
      return { number: scan.number() };
  }
}

function readObject(scan: Scanner): ReadonlyMap<string, Json> {
  const entries = new Map<string, Json>();
  if (!scan.open(OBJECT)) return entries;
  do {
    const key = scan.key();
    if (entries.has(key)) scan.fail('holds a key twice');
    entries.set(key, readValue(scan));
  } while (scan.more(OBJECT));
  return entries;
}

function readArray(scan: Scanner): readonly Json[] {
  const items: Json[] = [];
  if (!scan.open(ARRAY)) return items;
  do items.push(readValue(scan));
  while (scan.more(ARRAY));
  return items;
}
