import type { Action } from '../../docker-api/effects.ts';
import { ACTIONS } from '../actions.ts';
import { isConstrained } from '../constraints/inspect.ts';
import type { OpenPolicy } from '../policy.ts';
import type { Role } from '../roles.ts';
import type { Grant } from '../rules.ts';
import type { RuleSettings } from '../schema.ts';
import { isFor, whoIs, type Entry } from '../who.ts';

/** What changes for somebody. */
export interface Difference {
  readonly who: string;
  readonly gains: readonly Change[];
  readonly loses: readonly Change[];
  /** Allowed before and after, on other conditions. */
  readonly changes: readonly Change[];
}

export interface Change {
  readonly action: Action;
  /** The conditions, in words; undefined where there was, or will be, nothing. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/**
 * Compares what two policies allow, for everybody who stands in either. A pattern stands for all
 * who match it and nothing else; when and from where an entry holds is not looked at.
 */
export function compare(before: OpenPolicy, after: OpenPolicy): readonly Difference[] {
  const people = new Map<string, Entry>();
  for (const entry of [...before.entries, ...after.entries]) {
    people.set(`${whoIs(entry.settings)}\0${String(entry.ca)}`, entry);
  }
  return [...people.values()]
    .map((entry) => difference(whoIs(entry.settings), powers(before, entry), powers(after, entry)))
    .filter(({ gains, loses, changes }) => gains.length + loses.length + changes.length > 0)
    .sort((left, right) => Number(left.who > right.who) - Number(left.who < right.who));
}

type Powers = ReadonlyMap<Action, string>;

function difference(who: string, before: Powers, after: Powers): Difference {
  const all = [...ACTIONS, 'unknown' as const].map((action): Change => {
    return { action, before: before.get(action), after: after.get(action) };
  });
  return {
    who,
    gains: all.filter((change) => change.before === undefined && change.after !== undefined),
    loses: all.filter((change) => change.before !== undefined && change.after === undefined),
    changes: all.filter(
      (change) =>
        change.before !== undefined && change.after !== undefined && change.before !== change.after,
    ),
  };
}

/** What an entry's people may do, and on which conditions. A pattern matches itself. */
function powers(policy: OpenPolicy, { settings, ca }: Entry): Powers {
  const caller = {
    user: settings.user ?? '',
    fingerprint: settings.fingerprint ?? '',
    role: settings['certificate-role'],
    ca,
  };
  const meant = policy.entries.filter((entry) => isFor(entry, caller));
  const roles = [...new Set(meant.flatMap((entry) => entry.roles))];
  const found = new Map<Action, string>();
  for (const action of ACTIONS) {
    const conditions = conditionsOf(roles, action);
    if (conditions !== undefined) found.set(action, conditions);
  }
  const isClosed = roles.some((role) => !role.warnsOnly && role.deny.get('unknown').length > 0);
  if (!isClosed && roles.some((role) => role.mayAnything)) found.set('unknown', 'always');
  return found;
}

function conditionsOf(roles: readonly Role[], action: Action): string | undefined {
  const denials = roles.filter((role) => !role.warnsOnly).flatMap((role) => role.deny.get(action));
  if (denials.some((rule) => rule.selectors === undefined)) return undefined;
  const grants = roles
    .flatMap((role) => role.allow.get(action))
    .map((grant) => grantInWords(grant, action));
  if (roles.some((role) => role.warnsOnly)) grants.push('with a warning');
  if (grants.length === 0) return undefined;
  const except = denials.map((rule) => `not ${selectorsInWords(rule.settings)}`);
  const ways = grants.includes('always') ? ['always'] : [...new Set(grants)].sort();
  return [ways.join(' or '), ...except].join(', ');
}

/** Constraints are told of only where they have something to say of the action. */
function grantInWords({ settings, selectors, constraints }: Grant, action: Action): string {
  const where = selectors === undefined ? '' : selectorsInWords(settings);
  const isHeld =
    constraints !== undefined &&
    (isConstrained(action) || constraints.minimumVersion !== undefined);
  const limits = isHeld ? inWords(constraints.settings) : '';
  const held =
    limits === '' ? '' : `within ${limits === '{}' ? 'the default constraints' : limits}`;
  const words = [where, held].filter((text) => text !== '');
  return words.length === 0 ? 'always' : words.join(' ');
}

function selectorsInWords({ containers, images, networks, volumes }: RuleSettings): string {
  return inWords({
    ...(containers && { containers }),
    ...(images && { images }),
    ...(networks && { networks }),
    ...(volumes && { volumes }),
  });
}

/** JSON without quotes where they say nothing: `{names:[web-*]}`. */
function inWords(value: object): string {
  return JSON.stringify(value).replace(/"([^"\\\s,:[\]{}]+)"/g, '$1');
}
