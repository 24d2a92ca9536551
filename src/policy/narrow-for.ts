import type { Action } from '../docker-api/effects.ts';
import type { Operation } from '../docker-api/operation.ts';
import { isCollective, narrowTo, type Narrowed } from './narrow.ts';
import type { Role } from './roles.ts';
import { canSelect, type Grant } from './rules.ts';
import type { Selectors } from './selectors.ts';
import type { Narrowing } from './types.ts';

/** A grant that allows a list only of what it selects. */
export interface HeldGrant {
  readonly role: Role;
  readonly grant: Grant;
  readonly selectors: Selectors;
}

export function heldGrants(roles: readonly Role[], { action }: Operation): readonly HeldGrant[] {
  return roles.flatMap((role) =>
    role.allow
      .get(action)
      .flatMap((grant) =>
        grant.selectors !== undefined && canSelect(grant.selectors, action)
          ? [{ role, grant, selectors: grant.selectors }]
          : [],
      ),
  );
}

/** @param held at least one. */
export function narrowed(held: readonly HeldGrant[], operation: Operation): Narrowed {
  return narrowTo(
    held.map(({ selectors }) => selectors),
    operation,
  );
}

const AS_IS: Narrowing = { kind: 'as-is' };

function seesAll({ allow }: Role, action: Action): boolean {
  return allow.get(action).some((grant) => grant.selectors === undefined);
}

/** How a call that is allowed is held to what its caller may see. */
export function narrowFor(roles: readonly Role[], operation: Operation): Narrowing {
  const { action } = operation;
  // Most calls, so nothing is gathered for it.
  if (!isCollective(action) || roles.some((role) => seesAll(role, action))) return AS_IS;
  const held = heldGrants(roles, operation);
  const result: Narrowed =
    held.length === 0 ? { because: 'no rule allows it' } : narrowed(held, operation);
  if (roles.some((role) => role.warnsOnly)) {
    const why = 'filters' in result ? 'it would be held to what is selected' : result.because;
    return { kind: 'as-is', warned: `${action}: ${why}` };
  }
  if ('filters' in result) return { kind: 'filters', filters: result.filters };
  return {
    kind: 'refuse',
    reason: `${action} cannot be held to what the role selects: ${result.because}`,
    needed: 'a rule without selectors, or other selectors',
  };
}
