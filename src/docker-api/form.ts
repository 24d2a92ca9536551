import type { Query } from './query.ts';

/** What strings.TrimSpace takes off: Unicode White_Space, which is not what String.trim takes. */
const GO_SPACE =
  /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/** No `u` flag: nothing but ASCII folds into these. */
const FALSE = /^(?:|0|no|false|none)$/i;

/**
 * A boolean as moby's httputils reads it (form.go, BoolValue and BoolValueOrDefault): false for
 * `""`, `0`, `no`, `false` and `none`, trimmed and in any case; true for everything else.
 *
 * @param absent what a key that is not there at all means: `true` for `pause` of commit, `stream` of
 * stats and `quiet` of load, `false` for all others.
 * @throws CallError `REQUEST_AMBIGUOUS` where a value of the key is no UTF-8.
 */
export function boolValue(query: Query, key: string, absent = false): boolean {
  const value = query.first(key);
  return value === undefined ? absent : !FALSE.test(value.replace(GO_SPACE, ''));
}

const PARSE_BOOL: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

/**
 * A flag of the swarm routes (`rotateWorkerToken`, `rotateManagerToken`, `rotateManagerUnlockKey`,
 * `status`, `insertDefaults`), which cluster_routes.go reads from the URL with strconv.ParseBool.
 *
 * @returns false where the key is absent or empty; undefined where the daemon answers 400.
 * @throws CallError `REQUEST_AMBIGUOUS` where a value of the key is no UTF-8.
 */
export function swarmFlag(query: Query, key: string): boolean | undefined {
  const value = query.first(key) ?? '';
  return value === '' ? false : PARSE_BOOL.get(value);
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** strconv.ParseInt(text, 10, 64): undefined where it errs, for its form or its size. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  // BigInt takes time that grows with the square of the length, and nothing this long fits.
  const digits = text.replace(/^([+-]?)0+(?=[0-9])/, '$1');
  if (digits.length > 20) return undefined;
  const value = BigInt(digits);
  return value < INT64_MIN || value > INT64_MAX ? undefined : value;
}

/**
 * An integer as httputils' Int64ValueOrDefault reads it: the default where the key is absent or
 * empty, undefined where the daemon answers with an error.
 *
 * @throws CallError `REQUEST_AMBIGUOUS` where a value of the key is no UTF-8.
 */
export function int64Value(query: Query, key: string, absent: bigint): bigint | undefined {
  const value = query.first(key) ?? '';
  return value === '' ? absent : parseInt64(value);
}

/** An integer as httputils' Int64ValueOrZero reads it: 0 for whatever is no number. */
export function int64OrZero(query: Query, key: string): bigint {
  return int64Value(query, key, 0n) ?? 0n;
}
