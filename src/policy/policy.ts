import { decideFor } from './decide.ts';
import { limitsOf } from './limits.ts';
import { narrowFor } from './narrow-for.ts';
import { knownNeeds, referencesFor } from './needs.ts';
import type { Role } from './roles.ts';
import type { Caller, Policy } from './types.ts';
import { Entries, type Entry } from './who.ts';

/** A policy with its parts laid open, for the tools that explain it. */
export interface OpenPolicy extends Policy {
  readonly entries: readonly Entry[];
  readonly roles: ReadonlyMap<string, Role>;
  /** The SHA-256 of the public key of each outside CA, by its name. */
  readonly cas: ReadonlyMap<string, string>;
  rolesOf(caller: Caller): readonly Role[];
  /** Entries that mean the caller at another time, or from another place. */
  idleEntries(caller: Caller): readonly Entry[];
}

export function createPolicy(
  entries: readonly Entry[],
  roles: ReadonlyMap<string, Role>,
  cas: ReadonlyMap<string, string>,
): OpenPolicy {
  const index = new Entries(entries);
  const rolesOf = (caller: Caller): readonly Role[] => {
    const meant = index.of(caller);
    const [only] = meant;
    // Most callers have one entry, and it names no role twice.
    if (only !== undefined && meant.length === 1) return only.roles;
    return [...new Set(meant.flatMap((entry) => entry.roles))];
  };
  return {
    entries,
    roles,
    cas,
    rolesOf,
    idleEntries: (caller) => index.idle(caller),
    needs: (caller, operation) => knownNeeds(rolesOf(caller), operation),
    references: (question) => referencesFor(rolesOf(question.caller), question),
    decide: (question) => decideFor(rolesOf(question.caller), question),
    narrow: (caller, operation) => narrowFor(rolesOf(caller), operation),
    limits: (caller) => limitsOf(index.of(caller)),
  };
}
