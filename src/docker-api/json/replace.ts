import { ARRAY, OBJECT, QUOTE, Scanner } from './scanner.ts';
import { skipValue } from './skip.ts';

/** Where in a document a value stands: names of struct fields, and positions in lists. */
export type Place = readonly (string | number)[];

/** A string of a document, or the key of a map, that is to be another. */
export interface Replacement {
  readonly place: Place;
  readonly isKey: boolean;
  readonly value: string;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * A document in which some strings have other values, and all else is as it was, byte for byte. To
 * be given documents only that the readers of bodies let through: then each field is there once,
 * in whatever spelling.
 *
 * @throws Error where a place holds no string: the caller has read it there.
 */
export function replaceStrings(text: string, replacements: readonly Replacement[]): string {
  const wanted = new Map(
    replacements.map(({ place, isKey, value }) => [keyOf(place, isKey), value]),
  );
  const edits = findEdits(text, wanted);
  if (edits.length !== wanted.size) throw new Error('a string that was read cannot be found again');
  let result = '';
  let done = 0;
  for (const { from, to, text: replacement } of edits) {
    result += text.slice(done, from) + replacement;
    done = to;
  }
  return result + text.slice(done);
}

/** Names of fields mean the same in every case, as encoding/json folds them; keys of maps do not. */
function keyOf(place: Place, isKey: boolean): string {
  const last = isKey ? String(place.at(-1)) : '';
  const path = JSON.stringify(isKey ? place.slice(0, -1) : place).toLowerCase();
  return `${path} ${last}`;
}

function findEdits(text: string, wanted: ReadonlyMap<string, string>): Edit[] {
  const edits: Edit[] = [];
  const scan = new Scanner(text);
  const walk = (): void => {
    const next = scan.peek();
    if (next === OBJECT) {
      eachMember(scan, edits, wanted, walk);
    } else if (next === ARRAY) {
      eachItem(scan, walk);
    } else if (next === QUOTE) {
      const from = scan.at;
      scan.string();
      const value = wanted.get(keyOf(scan.path, false));
      if (value !== undefined) edits.push({ from, to: scan.taken, text: JSON.stringify(value) });
    } else {
      skipValue(scan);
    }
  };
  walk();
  return edits;
}

function eachMember(
  scan: Scanner,
  edits: Edit[],
  wanted: ReadonlyMap<string, string>,
  walk: () => void,
): void {
  if (!scan.open(OBJECT)) return;
  do {
    const from = scan.at;
    scan.path.push(scan.key());
    const value = wanted.get(keyOf(scan.path, true));
    if (value !== undefined)
      edits.push({ from, to: scan.taken, text: `${JSON.stringify(value)}:` });
    walk();
    scan.path.pop();
  } while (scan.more(OBJECT));
}

function eachItem(scan: Scanner, walk: () => void): void {
  if (!scan.open(ARRAY)) return;
  let at = 0;
  do {
    scan.path.push(at);
    walk();
    scan.path.pop();
    at += 1;
  } while (scan.more(ARRAY));
}
