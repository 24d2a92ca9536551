import { EFFECTS, PROMISES, type Action } from '../docker-api/effects.ts';
import { compileGlob } from './glob.ts';

/** Every action that a rule can name. What is not understood cannot be granted by name. */
export const ACTIONS: readonly Action[] = (Object.keys(EFFECTS) as Action[]).filter(
  (action) => action !== 'unknown',
);

const CLASSES: ReadonlySet<string> = new Set(
  Object.keys(PROMISES).filter((name) => name !== 'unknown'),
);

/**
 * The actions that a word of a rule stands for: an action (`container.start`), a glob
 * (`image.*`), or an effect class (`read`), which has neither dot nor star.
 *
 * @returns none where the word means nothing.
 */
export function actionsOf(word: string): readonly Action[] {
  if (CLASSES.has(word)) return ACTIONS.filter((action) => EFFECTS[action] === word);
  const glob = compileGlob(word);
  return ACTIONS.filter((action) => glob.matches(action));
}

/** The action or class that a mistyped word may have meant; undefined where none is near. */
export function nearestWord(word: string): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of [...ACTIONS, ...CLASSES]) {
    const distance = editDistance(word, name);
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  return best !== undefined && best.distance <= 3 ? best.name : undefined;
}

function editDistance(left: string, right: string): number {
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
