import { ARRAY, OBJECT, QUOTE, type Scanner } from './scanner.ts';
import { string } from './scalars.ts';
import { readElement, type Element, type Type } from './type.ts';

/** A slice of Go. An absent one is nil, `[]` is empty: the daemon tells the two apart. */
export function list<T extends Type<unknown, unknown>>(
  element: T,
): Type<readonly Element<T>[], null> {
  return { read: (scan) => readList(scan, element as Type<Element<T>>), zero: () => null };
}

function readList<E>(scan: Scanner, element: Type<E>): E[] {
  const items: E[] = [];
  if (!scan.open(ARRAY)) return items;
  do {
    scan.path.push(items.length);
    items.push(readElement(element, scan));
    scan.path.pop();
  } while (scan.more(ARRAY));
  return items;
}

/**
 * `[2]uint` and the like. Go fills up what is missing and drops what is too much; here the length
 * has to be right.
 */
export function tuple(length: number, element: Type<number>): Type<readonly number[]> {
  return {
    read: (scan) => {
      const items = readList(scan, element);
      if (items.length !== length) scan.fail(`holds a list of a length other than ${length}`);
      return items;
    },
    zero: () => Array.from({ length }, () => 0),
  };
}

/**
 * A map of Go with strings for keys: they are what they are, case and all, and none may come twice
 * (Go would keep the last; its neighbours may keep the first).
 *
 * @param sameKey what a newer daemon makes of a key, where two spellings may mean the same.
 */
export function map<T extends Type<unknown, unknown>>(
  element: T,
  sameKey: (key: string) => string = (key) => key,
): Type<Readonly<Record<string, Element<T>>>, null> {
  return {
    read: (scan) => readMap(scan, element as Type<Element<T>>, sameKey),
    zero: () => null,
  };
}

function readMap<E>(
  scan: Scanner,
  element: Type<E>,
  sameKey: (key: string) => string,
): Record<string, E> {
  // Without a prototype, `__proto__` is a key like any other.
  const entries = Object.create(null) as Record<string, E>;
  const seen = new Set<string>();
  if (!scan.open(OBJECT)) return entries;
  do {
    const key = scan.key();
    const same = sameKey(key);
    if (seen.has(same)) scan.fail('holds a key twice');
    seen.add(same);
    scan.path.push(key);
    entries[key] = readElement(element, scan);
    scan.path.pop();
  } while (scan.more(OBJECT));
  return entries;
}

/** A pointer of Go: nil where it is absent or null. */
export function pointer<V, Z>(type: Type<V, Z>): Type<V, null> {
  return { read: (scan) => type.read(scan), zero: () => null };
}

const strings = list(string);

/**
 * moby's strslice.StrSlice: a list of strings, or one string alone. (Newer daemons take lists only
 * and answer 400 to a string.)
 */
export const strSlice: Type<readonly string[], null> = {
  read: (scan) => (scan.peek() === QUOTE ? [scan.string()] : strings.read(scan)),
  zero: () => null,
};
