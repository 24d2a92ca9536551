import { decideFor } from './decide.ts';
import { smallest } from './limits.ts';
import { narrowFor } from './narrow-for.ts';
import { needsFor, referencesFor } from './needs.ts';
import type { Role } from './roles.ts';
import type { Caller, Policy } from './types.ts';
import { Entries, type Entry } from './who.ts';

/** A policy with its parts laid open, for the tools that explain it. */
export interface OpenPolicy extends Policy {
  readonly entries: readonly Entry[];
  readonly roles: ReadonlyMap<string, Role>;
  rolesOf(caller: Caller): readonly Role[];
}

export function createPolicy(
  entries: readonly Entry[],
  roles: ReadonlyMap<string, Role>,
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
    rolesOf,
    needs: (caller, operation) => needsFor(rolesOf(caller), operation),
    references: (question) => referencesFor(rolesOf(question.caller), question),
    decide: (question) => decideFor(rolesOf(question.caller), question),
    narrow: (caller, operation) => narrowFor(rolesOf(caller), operation),
    limits: (caller) => {
      const meant = index.of(caller);
      return smallest([
        ...meant.flatMap((entry) => (entry.limits === undefined ? [] : [entry.limits])),
        ...meant.flatMap((entry) => entry.roles.flatMap((role) => role.limits)),
      ]);
    },
  };
}
