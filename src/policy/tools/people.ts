import type { OpenPolicy } from '../policy.ts';
import type { Role } from '../roles.ts';
import { Entries, whoIs } from '../who.ts';
import { combinations } from './combinations.ts';
import { effective } from './powers.ts';
import type { Finding } from './review.ts';

/** What roles are together, to those who have several of them, and not each by itself. */
export function* peoplesPowers(policy: OpenPolicy): Generator<Finding> {
  const index = new Entries(policy.entries);
  const people = new Map(policy.entries.map((entry) => [whoIs(entry.settings), entry]));
  for (const [who, entry] of people) {
    const roles = [...new Set(index.alike(entry).flatMap((one) => one.roles))];
    if (roles.length < 2 || roles.some((role) => role.mayAnything)) continue;
    if (roles.some(isRootAlone)) continue;
    for (const { kind, message } of combinations(roles.flatMap(effective))) {
      const about = `roles ${roles.map(({ name }) => `"${name}"`).join(' and ')} together: ${message}`;
      if (kind === 'root') yield { kind, users: [who], message: about };
    }
  }
}

function isRootAlone(role: Role): boolean {
  return [...combinations(effective(role))].some(({ kind }) => kind === 'root');
}
