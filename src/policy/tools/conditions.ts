import type { Action } from '../../docker-api/effects.ts';
import { isConstrained } from '../constraints/inspect.ts';
import type { Role } from '../roles.ts';
import type { Grant } from '../rules.ts';
import type { RuleSettings } from '../schema.ts';

/** A role, and when and from where somebody has it: empty for always and from everywhere. */
export interface Held {
  readonly role: Role;
  readonly when: string;
}

/** On which conditions roles allow an action, in words; undefined where they never do. */
export function conditionsOf(held: readonly Held[], action: Action): string | undefined {
  const denials = held
    .filter(({ role }) => !role.warnsOnly)
    .flatMap(({ role, when }) => role.deny.get(action).map((rule) => ({ rule, when })));
  if (denials.some(({ rule, when }) => rule.selectors === undefined && when === '')) {
    return undefined;
  }
  const allowed = ways(action === 'unknown' ? ofAdmins(held) : grantsOf(held, action));
  if (allowed === undefined) return undefined;
  const except = denials.map(
    ({ rule, when }) => `not ${together(selectorsInWords(rule.settings), when)}`,
  );
  return [allowed, ...except].join(', ');
}

/** What is not understood is admin's alone, and no warning lets it pass. */
function ofAdmins(held: readonly Held[]): string[] {
  return held.filter(({ role }) => role.mayAnything).map(whenOf);
}

function grantsOf(held: readonly Held[], action: Action): string[] {
  return [
    ...held.flatMap(({ role, when }) =>
      role.allow.get(action).map((grant) => together(grantInWords(grant, action), when)),
    ),
    ...held
      .filter(({ role }) => role.warnsOnly)
      .map(({ when }) => together('with a warning', when)),
  ];
}

const ALWAYS = 'always';

function whenOf({ when }: Held): string {
  return together('', when);
}

function together(...words: readonly string[]): string {
  const said = words.filter((text) => text !== '' && text !== ALWAYS);
  return said.length === 0 ? ALWAYS : said.join(' ');
}

function ways(all: readonly string[]): string | undefined {
  if (all.length === 0) return undefined;
  return all.includes(ALWAYS) ? ALWAYS : [...new Set(all)].sort().join(' or ');
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
  return together(where, held);
}

function selectorsInWords({ containers, images, networks, volumes }: RuleSettings): string {
  const words = inWords({
    ...(containers && { containers }),
    ...(images && { images }),
    ...(networks && { networks }),
    ...(volumes && { volumes }),
  });
  return words === '{}' ? '' : words;
}

/** JSON without quotes where they say nothing: `{names:[web-*]}`. */
function inWords(value: object): string {
  return JSON.stringify(value).replace(/"([^"\\\s,:[\]{}]+)"/g, '$1');
}
