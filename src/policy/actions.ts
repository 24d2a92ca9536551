import { EFFECTS, PROMISES, type Action } from '../docker-api/effects.ts';
import { nearestOf } from '../nearest.ts';
import { compileGlob } from './glob.ts';

/** Every action that a rule can name. What is not understood cannot be granted by name. */
export const ACTIONS: readonly Action[] = (Object.keys(EFFECTS) as Action[]).filter(
  (action) => action !== 'unknown',
);

const CLASSES: ReadonlySet<string> = new Set(
  Object.keys(PROMISES).filter((name) => name !== 'unknown'),
);

/** Rules say the same few words again and again, and each is asked for several times. */
const known = new Map<string, readonly Action[]>();
const MAX_KNOWN = 1_000;

/**
 * The actions that a word of a rule stands for: an action (`container.start`), a glob
 * (`image.*`), or an effect class (`read`), which has neither dot nor star.
 *
 * @returns none where the word means nothing.
 */
export function actionsOf(word: string): readonly Action[] {
  let actions = known.get(word);
  if (actions === undefined) {
    actions = findActions(word);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(word, actions);
  }
  return actions;
}

function findActions(word: string): readonly Action[] {
  if (CLASSES.has(word)) return ACTIONS.filter((action) => EFFECTS[action] === word);
  const glob = compileGlob(word);
  return ACTIONS.filter((action) => glob.matches(action));
}

/** The action or class that a mistyped word may have meant; undefined where none is near. */
export function nearestWord(word: string): string | undefined {
  return nearestOf(word, [...ACTIONS, ...CLASSES], 3);
}
