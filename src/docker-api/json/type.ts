import type { Scanner } from './scanner.ts';

/**
 * A Go type, as far as encoding/json is concerned.
 *
 * @typeParam V what a value of it becomes in a view.
 * @typeParam Z what null becomes as an element of a list or map.
 */
export interface Type<V, Z = V> {
  /** Takes a value that is not null. @throws CallError `REQUEST_AMBIGUOUS`. */
  read(scan: Scanner): V;
  /**
   * Go's zero value of it. encoding/json makes it of null in lists and maps; a null field of a
   * struct is as good as absent.
   */
  zero(): Z;
}

/** What a value of a type becomes in a view. */
export type View<T> = T extends Type<infer V, unknown> ? V : never;

/** What an element of a list or map becomes in a view. */
export type Element<T> = T extends Type<infer V, infer Z> ? V | Z : never;

/** Takes an element of a list or map. */
export function readElement<V, Z>(type: Type<V, Z>, scan: Scanner): V | Z {
  return scan.take('null') ? type.zero() : type.read(scan);
}
