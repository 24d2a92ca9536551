import { ARRAY, OBJECT, QUOTE, type Scanner } from './scanner.ts';
import type { Type } from './type.ts';

/** A field that clients send and no daemon reads: known, and left out of the view. */
export const ignored: Type<undefined> = {
  read: (scan) => {
    skipValue(scan);
    return undefined;
  },
  zero: () => undefined,
};

/**
 * Takes a value that nobody here understands. Whether its objects are structs or maps is unknown,
 * so exact duplicates are refused, and no other.
 */
export function skipValue(scan: Scanner): void {
  switch (scan.peek()) {
    case QUOTE:
      scan.string();
      return;
    case OBJECT:
      skipObject(scan);
      return;
    case ARRAY:
      if (!scan.open(ARRAY)) return;
      do skipValue(scan);
      while (scan.more(ARRAY));
      return;
    default:
      if (!scan.take('null') && !scan.take('true') && !scan.take('false')) scan.number();
  }
}

function skipObject(scan: Scanner): void {
  const seen = new Set<string>();
  if (!scan.open(OBJECT)) return;
  do {
    const key = scan.key();
    if (seen.has(key)) scan.fail('holds a key twice');
    seen.add(key);
    skipValue(scan);
  } while (scan.more(OBJECT));
}
