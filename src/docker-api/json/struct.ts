import { jsonPointer } from './refuse.ts';
import { OBJECT, type Scanner } from './scanner.ts';
import { skipValue } from './skip.ts';
import type { Type, View } from './type.ts';

/** The fields of a struct by the names that encoding/json knows them by. */
export type Fields = Readonly<Record<string, Type<unknown, unknown>>>;

/** A struct in a view: what is absent has Go's zero value. */
export type StructView<F extends Fields> = { readonly [K in keyof F]?: View<F[K]> };

/**
 * A struct of Go. Keys match exactly or, by encoding/json's folding, in another case; that folds
 * ſ (U+017F) and K (U+212A) too, so keys that are not ASCII are refused. A field that comes twice
 * in any spelling is refused: Go merges both into one value.
 *
 * @param fields those of embedded structs among them, as encoding/json flattens them.
 * @param refused names of fields that some daemons read and others do not.
 * @param mayBeEmpty those of them that may be there as an empty list, which asks no daemon for anything.
 */
export function struct<F extends Fields>(
  fields: F,
  refused: readonly string[] = [],
  mayBeEmpty: readonly string[] = [],
): Type<StructView<F>> {
  const names = new Names(fields, refused, mayBeEmpty);
  return { read: (scan) => readStruct(scan, names) as StructView<F>, zero: () => ({}) };
}

/** What a struct makes of the keys in a document. */
class Names {
  readonly types: ReadonlyMap<string, Type<unknown, unknown>>;
  readonly #byFolded = new Map<string, string>();
  readonly #refused: ReadonlySet<string>;
  readonly #mayBeEmpty: ReadonlySet<string>;

  constructor(fields: Fields, refused: readonly string[], mayBeEmpty: readonly string[]) {
    this.types = new Map(Object.entries(fields));
    for (const name of this.types.keys()) this.#byFolded.set(name.toLowerCase(), name);
    this.#refused = new Set(refused.map((name) => name.toLowerCase()));
    this.#mayBeEmpty = new Set(mayBeEmpty.map((name) => name.toLowerCase()));
  }

  /** The field's own name where there is such a field, the folded key otherwise. */
  resolve(key: string, scan: Scanner): string {
    if (this.types.has(key)) return key;
    // eslint-disable-next-line no-control-regex -- ASCII is meant, all of it
    if (!/^[\x00-\x7f]*$/.test(key)) scan.fail('holds a field whose name is not ASCII');
    const folded = key.toLowerCase();
    const name = this.#byFolded.get(folded);
    if (name !== undefined) return name;
    return folded;
  }

  /** Whether some daemons read this field, and others do not. */
  isRefused(name: string): boolean {
    return this.#refused.has(name);
  }

  /** Whether an empty list in its place means the same to all. */
  mayBeEmpty(name: string): boolean {
    return this.#mayBeEmpty.has(name);
  }
}

function readStruct(scan: Scanner, names: Names): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  if (!scan.open(OBJECT)) return view;
  const seen = new Set<string>();
  do {
    const key = scan.key();
    scan.path.push(key);
    const name = names.resolve(key, scan);
    if (seen.has(name)) scan.fail('holds a field twice');
    seen.add(name);
    const type = names.types.get(name);
    if (type === undefined && names.isRefused(name)) {
      const isNothing = names.mayBeEmpty(name) && scan.take('[]');
      if (!isNothing) scan.fail('holds a field that daemons read differently');
    } else if (type === undefined) {
      scan.unknown.push(jsonPointer(scan.path));
      skipValue(scan);
    } else if (!scan.take('null')) {
      view[name] = type.read(scan);
    }
    scan.path.pop();
  } while (scan.more(OBJECT));
  return view;
}
