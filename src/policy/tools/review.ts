import type { OpenPolicy } from '../policy.ts';
import { PRESETS } from '../presets.ts';
import type { Role } from '../roles.ts';
import { whoIs } from '../who.ts';
import { peoplesPowers } from './people.ts';
import { powersOf } from './powers.ts';
import { unreachable } from './unreachable.ts';

/** Something that a reader of a policy should know. */
export interface Finding {
  readonly kind: 'unreachable' | 'unused' | 'ended' | 'root' | 'coarse' | 'warn-only';
  readonly role?: string | undefined;
  /** `policy.yaml:12`, or `preset viewer`. */
  readonly rule?: string | undefined;
  /** Whose it is, where somebody has it: `alice`, `ci-*`, `certificate-role ops`. */
  readonly users?: readonly string[] | undefined;
  readonly message: string;
}

/**
 * Looks through a policy for rules that never decide anything, roles that nobody has, entries that
 * have ended, and grants that amount to root on the host, each with the reason.
 *
 * @param now ms since the epoch.
 */
export function review(policy: OpenPolicy, now: number): readonly Finding[] {
  const used = new Set(policy.entries.flatMap((entry) => entry.roles));
  const own = [...policy.roles.values()].filter((role) => !Object.hasOwn(PRESETS, role.name));
  return [
    ...own.flatMap((role) => [...unreachable(role)]),
    ...unusedRoles(own, policy),
    ...endedEntries(policy, now),
    ...[...new Set([...own, ...used])].flatMap((role) =>
      [...warning(role), ...powersOf(role)].map((finding) => ({
        ...finding,
        users: holders(policy, role),
      })),
    ),
    ...peoplesPowers(policy),
  ];
}

function holders({ entries }: OpenPolicy, role: Role): readonly string[] {
  const meant = entries.filter((entry) => entry.roles.includes(role));
  return [...new Set(meant.map(({ settings }) => whoIs(settings)))];
}

function* unusedRoles(own: readonly Role[], policy: OpenPolicy): Generator<Finding> {
  const given = policy.entries.flatMap((entry) => entry.roles);
  const used = new Set(given.flatMap((role) => [role.name, ...role.ancestors]));
  if (given.length === 0)
    yield { kind: 'unused', message: '"users" is empty: nobody may do anything' };
  for (const role of own) {
    if (!used.has(role.name)) {
      yield { kind: 'unused', role: role.name, message: 'nobody has this role' };
    } else if (
      given.includes(role) &&
      role.grants.length === 0 &&
      role.denials.length === 0 &&
      !role.warnsOnly
    ) {
      yield { kind: 'unused', role: role.name, message: 'it allows nothing, and denies nothing' };
    }
  }
}

function* endedEntries(policy: OpenPolicy, now: number): Generator<Finding> {
  for (const { settings } of policy.entries) {
    if (settings.until === undefined || now < settings.until) continue;
    const end = new Date(settings.until).toISOString();
    yield { kind: 'ended', message: `the entry for ${whoIs(settings)} ended at ${end}` };
  }
}

function* warning(role: Role): Generator<Finding> {
  if (!role.warnsOnly) return;
  const message =
    'it only warns: whoever has it may do everything that is understood, as root on the host';
  yield { kind: 'warn-only', role: role.name, message };
}
