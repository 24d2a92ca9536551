import type { Action } from '../../docker-api/effects.ts';
import { ACTIONS } from '../actions.ts';
import { limitsOf } from '../limits.ts';
import type { OpenPolicy } from '../policy.ts';
import type { Role } from '../roles.ts';
import type { CallLimits } from '../types.ts';
import { Entries, whenIs, whoIs, type Entry } from '../who.ts';
import { conditionsOf, type Held } from './conditions.ts';

/** What changes for somebody. */
export interface Difference {
  readonly who: string;
  readonly gains: readonly Change[];
  readonly loses: readonly Change[];
  /** Allowed before and after, on other conditions. */
  readonly changes: readonly Change[];
  /** What holds of all that they do, and is not what it was: limits. */
  readonly limits: readonly LimitChange[];
}

export interface Change {
  readonly action: Action;
  /** The conditions, in words; undefined where there was, or will be, nothing. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export interface LimitChange {
  /** `builds`, or `builds of all with the role "ci"`. */
  readonly limit: string;
  /** Undefined: none. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

/**
 * Compares what two policies allow, for everybody who stands in either. A pattern stands for all
 * who match it and nothing else. From where and until when an entry holds is among the conditions.
 */
export function compare(before: OpenPolicy, after: OpenPolicy): readonly Difference[] {
  const people = new Map<string, Entry>();
  for (const entry of [...before.entries, ...after.entries]) {
    people.set(`${whoIs(entry.settings)}\0${String(entry.ca)}`, entry);
  }
  const [then, now] = [new Entries(before.entries), new Entries(after.entries)];
  return [...people.values()]
    .map((entry) => difference(entry, then.alike(entry), now.alike(entry)))
    .filter(
      ({ gains, loses, changes, limits }) =>
        gains.length + loses.length + changes.length + limits.length > 0,
    )
    .sort((left, right) => Number(left.who > right.who) - Number(left.who < right.who));
}

function difference(entry: Entry, before: readonly Entry[], after: readonly Entry[]): Difference {
  const [then, now] = [powers(before), powers(after)];
  const all = [...ACTIONS, 'unknown' as const].map((action): Change => {
    return { action, before: then.get(action), after: now.get(action) };
  });
  return {
    who: whoIs(entry.settings),
    gains: all.filter((change) => change.before === undefined && change.after !== undefined),
    loses: all.filter((change) => change.before !== undefined && change.after === undefined),
    changes: all.filter(
      (change) =>
        change.before !== undefined && change.after !== undefined && change.before !== change.after,
    ),
    limits: changedLimits(limitsInWords(before), limitsInWords(after)),
  };
}

type Powers = ReadonlyMap<Action, string>;

function powers(meant: readonly Entry[]): Powers {
  const held = heldRoles(meant);
  const found = new Map<Action, string>();
  for (const action of [...ACTIONS, 'unknown' as const]) {
    const conditions = conditionsOf(held, action);
    if (conditions !== undefined) found.set(action, conditions);
  }
  return found;
}

/** A role that somebody has anyhow needs no condition besides. */
function heldRoles(meant: readonly Entry[]): readonly Held[] {
  const all = meant.flatMap((entry) =>
    entry.roles.map((role) => ({ role, when: whenIs(entry.settings) })),
  );
  const anyhow = new Set(all.filter(({ when }) => when === '').map(({ role }) => role));
  const rest = all.filter(({ role, when }) => when !== '' && !anyhow.has(role));
  return [...[...anyhow].map((role: Role) => ({ role, when: '' })), ...rest];
}

type Limits = ReadonlyMap<string, number>;

function limitsInWords(meant: readonly Entry[]): Limits {
  return new Map(limitsOf(meant).flatMap(namedLimits));
}

function namedLimits({ role, ...limits }: CallLimits): readonly (readonly [string, number])[] {
  const whose = role === undefined ? '' : ` of all with the role "${role}"`;
  const { callsPerSecond, concurrentCalls, streams, builds } = limits;
  return Object.entries({
    'calls-per-second': callsPerSecond,
    'concurrent-calls': concurrentCalls,
    streams,
    builds,
  }).flatMap(([name, value]) => (value === undefined ? [] : [[`${name}${whose}`, value] as const]));
}

function changedLimits(before: Limits, after: Limits): readonly LimitChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((limit) => ({ limit, before: before.get(limit), after: after.get(limit) }))
    .filter((change) => change.before !== change.after);
}
