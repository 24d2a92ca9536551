import type { Action } from '../docker-api/effects.ts';
import type { Violation } from './constraints/inspection.ts';
import type { CallObject } from './objects.ts';
import type { Role } from './roles.ts';
import { selectedBy, type Grant, type Rule } from './rules.ts';
import type { Refused } from './types.ts';

/** Words for callers: what is refused, to which role, why, and what would be needed. */

/** How near a grant came. */
export interface Miss {
  readonly role: Role;
  readonly grant: Grant;
  readonly what: string;
  readonly needed: string;
}

/** @returns undefined where nothing was found. */
export function asMiss(
  role: Role,
  grant: Grant,
  [first, ...others]: readonly Violation[],
): Miss | undefined {
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return { role, grant, what: `${first.field}: ${first.what}${more}`, needed: first.needed };
}

export function notSelected(
  role: Role,
  grant: Grant,
  action: Action,
  objects: readonly CallObject[],
): Miss {
  const { selectors = {} } = grant;
  const missing = selectedBy(action).filter((kind) => selectors[kind] === undefined);
  const names = objects
    .map(({ kind, ref }) => `${kind} ${JSON.stringify(ref.slice(0, 100))}`)
    .join(', ');
  const what = names === '' ? 'it names no object' : `${names} is not what the role selects`;
  const kinds = missing.length === 0 ? Object.keys(selectors) : missing;
  return { role, grant, what, needed: `a rule whose ${kinds.join(' and ')} select that` };
}

export function forbidden(role: Role, rule: Rule, action: Action): Refused {
  return {
    allow: false,
    rule: rule.label,
    role: role.name,
    reason: `${action} is denied to the role "${role.name}" (${rule.label})`,
    needed: 'no role whose "deny" says so: a denial wins over every grant',
  };
}

/** @param closest what came nearest to allowing it. */
export function refused(
  roles: readonly Role[],
  user: string,
  action: Action,
  closest: Miss | undefined,
): Refused {
  const [first] = roles;
  if (first === undefined) {
    const reason = `${action} is refused: no entry of "users" gives a role to "${user}"`;
    return { allow: false, reason, needed: 'an entry of "users" that does' };
  }
  if (closest !== undefined) {
    const { role, grant, what, needed } = closest;
    const reason = `${action} is refused to the role "${role.name}": ${what}`;
    return { allow: false, rule: grant.label, role: role.name, reason, needed };
  }
  const names = roles.map((role) => `"${role.name}"`).join(', ');
  const reason = `${action} is not allowed to the role ${names}`;
  const needed =
    action === 'unknown' ? 'the role "admin": the call is not understood' : `"allow: ${action}"`;
  return { allow: false, role: first.name, reason, needed };
}

/** A refusal as the caller reads it, in one line. */
export function refusalText({ reason, needed }: Pick<Refused, 'reason' | 'needed'>): string {
  return `refused by policy: ${reason}; needed: ${needed}`;
}
