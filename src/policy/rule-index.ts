import type { Action } from '../docker-api/effects.ts';
import { selectedBy, type Rule } from './rules.ts';
import type { Selectors } from './selectors.ts';

/** Below this many rules of one action, looking at each is as quick. */
const MANY = 16;

const NONE: readonly never[] = [];

interface ByName<R> {
  readonly named: ReadonlyMap<string, readonly R[]>;
  /** Those that go by patterns, labels, images or nothing. */
  readonly others: readonly R[];
}

/** Rules by action, and where an action has many of them, by the name of what they select. */
export class RuleIndex<R extends Rule> {
  readonly #all: ReadonlyMap<Action, readonly R[]>;
  readonly #byName: ReadonlyMap<Action, ByName<R>>;

  constructor(rules: readonly R[]) {
    const pairs = rules.flatMap((rule) => rule.actions.map((action) => [action, rule] as const));
    this.#all = grouped(pairs);
    const many = [...this.#all].filter(([, list]) => list.length > MANY);
    this.#byName = new Map(many.map(([action, list]) => [action, byName(list, action)]));
  }

  /** Every rule about an action, in order. */
  get(action: Action): readonly R[] {
    return this.#all.get(action) ?? NONE;
  }

  /**
   * The rules about an action that may select an object of that name; all others certainly do not.
   *
   * @param nameOf the first object that the call names; undefined where it is not known.
   */
  near(action: Action, nameOf: () => string | undefined): readonly R[] {
    const index = this.#byName.get(action);
    if (index === undefined) return this.get(action);
    const name = nameOf();
    if (name === undefined) return this.get(action);
    return [...index.others, ...(index.named.get(name) ?? [])];
  }
}

function byName<R extends Rule>(rules: readonly R[], action: Action): ByName<R> {
  const withNames = rules.map((rule) => [rule, literalNames(rule.selectors, action)] as const);
  return {
    named: grouped(
      withNames.flatMap(([rule, names]) => (names ?? []).map((name) => [name, rule] as const)),
    ),
    others: withNames.flatMap(([rule, names]) => (names === undefined ? [rule] : [])),
  };
}

/** The only names that a rule selects by; undefined where there are patterns among them, or none. */
function literalNames(
  selectors: Selectors | undefined,
  action: Action,
): readonly string[] | undefined {
  const [kind] = selectedBy(action);
  if (kind === undefined || kind === 'images') return undefined;
  const globs = kind === 'containers' ? selectors?.containers?.names : selectors?.[kind];
  if (globs?.every((glob) => glob.isLiteral) !== true) return undefined;
  return globs.map((glob) => glob.source);
}

function grouped<K, R>(pairs: readonly (readonly [K, R])[]): ReadonlyMap<K, readonly R[]> {
  const groups = new Map<K, R[]>();
  for (const [key, rule] of pairs) {
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [rule]);
    else list.push(rule);
  }
  return groups;
}
