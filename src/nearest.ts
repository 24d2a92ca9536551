/**
 * The name that a mistyped one may have meant.
 *
 * @param most changes of a character that may lie between them.
 * @returns undefined where none is near.
 */
export function nearestOf(
  word: string,
  names: Iterable<string>,
  most = mostFor(word),
): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(word, name);
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  return best !== undefined && best.distance <= most ? best.name : undefined;
}

/** `; did you mean "viewer"?`, or nothing. */
export function guess(word: string, names: Iterable<string>): string {
  const nearest = nearestOf(word, names);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

/** Of a short word half would be another word. */
function mostFor(word: string): number {
  return Math.min(3, Math.max(1, Math.floor(word.length * 0.4)));
}

/** What is longer is no slip of the finger, and not worth the time. */
const LONGEST = 100;

function editDistance(left: string, right: string): number {
  if (left.length > LONGEST) return Infinity;
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [index, character] of Array.from(left).entries()) {
    const next = [index + 1];
    for (let at = 1; at < row.length; at += 1) {
      const swap = Number(row[at - 1]) + (right[at - 1] === character ? 0 : 1);
      next.push(Math.min(swap, Number(row[at]) + 1, Number(next[at - 1]) + 1));
    }
    row = next;
  }
  return Number(row.at(-1));
}
