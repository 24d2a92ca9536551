import { END, Scanner } from './scanner.ts';
import { decodeText } from './text.ts';
import { readElement, type Type } from './type.ts';

/** A document as Go's encoding/json decodes it into one of the daemon's types. */
export interface Reading<V> {
  readonly view: V;
  /** JSON pointers of the fields that the type does not have, in the document's spelling. */
  readonly unknownFields: readonly string[];
}

/**
 * Reads a document as encoding/json decodes it into a variable of that type, or refuses it. It
 * never reads it differently: what Go merges, folds, rounds or replaces is refused.
 *
 * @returns undefined where the document is empty but for white space.
 * @throws CallError `REQUEST_AMBIGUOUS`.
 */
export function readJson<V, Z>(bytes: Uint8Array, type: Type<V, Z>): Reading<V | Z> | undefined {
  const scan = new Scanner(decodeText(bytes));
  if (scan.peek() === END) return undefined;
  const view = readElement(type, scan);
  scan.end();
  return { view, unknownFields: scan.unknown };
}
