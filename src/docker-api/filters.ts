import { CallError } from '../errors.ts';
import type { Query } from './query.ts';
import { isArray, isObject, isString, readJsonValue, type Json } from './json/value.ts';

/** Filter → the values that it lets through. A filter without values lets everything through. */
export type Filters = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The `filters` of a list, of events or of a prune, in both shapes that the daemon reads (moby
 * daemon/internal/filters/parse.go): `{"label":{"a":true}}`, of which it ignores the booleans, and
 * the older `{"label":["a"]}`. Absent, empty or null is no filter.
 *
 * @throws CallError `REQUEST_AMBIGUOUS` for all that is neither, or a mixture of both; for a key
 * given twice, a null within, and whatever else the daemon might read with another result.
 */
export function readFilters(query: Query): Filters {
  const text = query.first('filters') ?? '';
  if (text === '') return new Map();
  const fields = readJsonValue(text);
  if (fields === null) return new Map();
  if (!isObject(fields)) refuse();
  const filters = new Map<string, ReadonlySet<string>>();
  const shapes = new Set<boolean>();
  for (const [name, values] of fields) {
    shapes.add(isArray(values));
    filters.set(name, isArray(values) ? strings(values) : keys(values));
  }
  return shapes.size > 1 ? refuse() : filters;
}

function keys(values: Json): ReadonlySet<string> {
  if (!isObject(values)) refuse();
  for (const ignored of values.values()) if (typeof ignored !== 'boolean') refuse();
  return new Set(values.keys());
}

function strings(values: readonly Json[]): ReadonlySet<string> {
  return values.every(isString) ? new Set(values) : refuse();
}

function refuse(): never {
  throw new CallError(
    'REQUEST_AMBIGUOUS',
    'refused: "filters" is neither {"name":{"value":true}} nor {"name":["value"]}, each key once',
  );
}
