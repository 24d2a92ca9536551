import type { Action } from '../docker-api/effects.ts';
import { actionsOf, nearestWord } from './actions.ts';
import { compileContainerSelector, compileGlobs } from './compile-selectors.ts';
import type { Constraints } from './constraints/constraints.ts';
import { compileImagePattern } from './image-pattern.ts';
import type { RuleSettings } from './schema.ts';
import type { Selectors } from './selectors.ts';

/** A line of a role, ready to be asked. */
export interface Rule {
  /** `policy.yaml:12`, or `preset viewer`. */
  readonly label: string;
  readonly settings: RuleSettings;
  readonly actions: readonly Action[];
  /** Undefined where the rule is about every object. */
  readonly selectors: Selectors | undefined;
}

/** A rule that allows, within constraints. */
export interface Grant extends Rule {
  /** Undefined: whatever the call asks for. */
  readonly constraints: Constraints | undefined;
}

/** @returns the rule, and the words of it that mean no action. */
export function compileRule(settings: RuleSettings, label: string): Rule {
  const actions = new Set(settings.actions.flatMap(actionsOf));
  return { label, settings, actions: [...actions], selectors: compileSelectors(settings) };
}

function compileSelectors({
  containers,
  images,
  networks,
  volumes,
}: RuleSettings): Selectors | undefined {
  const selectors: Selectors = {
    ...(containers && { containers: compileContainerSelector(containers) }),
    ...(images && { images: images.map(compileImagePattern) }),
    ...(networks && { networks: compileGlobs(networks) }),
    ...(volumes && { volumes: compileGlobs(volumes) }),
  };
  return Object.keys(selectors).length === 0 ? undefined : selectors;
}

/**
 * What is wrong with a rule that reads well; `at` is the path of it within the rule.
 *
 * @param list where the rule stands.
 */
export function* ruleProblems(
  rule: Rule,
  list: 'allow' | 'deny',
): Generator<{ readonly at: readonly PropertyKey[]; readonly message: string }> {
  for (const [index, word] of rule.settings.actions.entries()) {
    if (actionsOf(word).length > 0) continue;
    yield { at: ['actions', index], message: unknownWord(word) };
  }
  const { selectors } = rule;
  if (selectors === undefined || rule.actions.length === 0) return;
  const can = list === 'allow' ? canSelect : canForbid;
  if (rule.actions.some((action) => can(selectors, action))) return;
  const kinds = Object.keys(selectors).join(' and ');
  yield { at: [], message: `selecting by ${kinds} says nothing about ${rule.actions.join(', ')}` };
}

function unknownWord(word: string): string {
  if (word === 'unknown') return 'what is not understood cannot be granted by name';
  const nearest = nearestWord(word);
  const guess = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return `no action and no effect class is called ${JSON.stringify(word)}${guess}`;
}

/** Whether these selectors can tell the objects of an action apart. */
export function canSelect(selectors: Selectors, action: Action): boolean {
  const kinds = selectedBy(action);
  return kinds.length > 0 && kinds.every((kind) => selectors[kind] !== undefined);
}

/**
 * Whether a denial with these selectors can be about an action. Of what a call names, one object of
 * each kind that the rule selects by is enough; a call about all objects of a kind is denied whole.
 */
export function canForbid(selectors: Selectors, action: Action): boolean {
  const kinds = selectedBy(action);
  if (action === 'system.events' || action === 'system.df') return true;
  const asked = Object.keys(selectors) as (keyof Selectors)[];
  return asked.every((kind) => kinds.includes(kind));
}

/** By what the objects of an action are selected: all of it has to be there. */
export function selectedBy(action: Action): readonly (keyof Selectors)[] {
  if (action === 'network.connect' || action === 'network.disconnect') {
    return ['networks', 'containers'];
  }
  if (action === 'image.commit' || action === 'system.events') return ['containers'];
  return BY_PREFIX[action.slice(0, action.indexOf('.'))] ?? [];
}

const BY_PREFIX: Readonly<Record<string, readonly (keyof Selectors)[]>> = {
  container: ['containers'],
  checkpoint: ['containers'],
  exec: ['containers'],
  image: ['images'],
  distribution: ['images'],
  network: ['networks'],
  volume: ['volumes'],
};
