import type { Action } from '../../docker-api/effects.ts';
import { PRESETS } from '../presets.ts';
import type { OpenPolicy } from '../policy.ts';
import type { Role } from '../roles.ts';
import type { Grant } from '../rules.ts';
import { whoIs } from '../who.ts';
import { powersOf } from './powers.ts';

/** Something that a reader of a policy should know. */
export interface Finding {
  readonly kind: 'unreachable' | 'unused' | 'ended' | 'root' | 'coarse' | 'warn-only';
  readonly role?: string | undefined;
  /** `policy.yaml:12`, or `preset viewer`. */
  readonly rule?: string | undefined;
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
    ...[...new Set([...own, ...used])].flatMap((role) => [...warning(role), ...powersOf(role)]),
  ];
}

function* unreachable(role: Role): Generator<Finding> {
  for (const [index, grant] of role.grants.entries()) {
    if (isInherited(grant)) continue;
    const earlier = role.grants.slice(0, index);
    const { label: rule } = grant;
    const about = { kind: 'unreachable', role: role.name, rule } as const;
    if (grant.actions.every((action) => isDenied(role, action))) {
      yield { ...about, message: 'the role denies all of it' };
    } else if (grant.actions.every((action) => isCovered(grant, action, earlier))) {
      yield { ...about, message: 'other rules of the role allow all of it already' };
    }
  }
}

/** What a preset brings is not for the reader to tidy up. */
function isInherited({ label }: Grant): boolean {
  return label.startsWith('preset ');
}

function isDenied(role: Role, action: Action): boolean {
  return role.deny.get(action).some((rule) => rule.selectors === undefined);
}

/** @param earlier those with fewer conditions among them. */
function isCovered(grant: Grant, action: Action, earlier: readonly Grant[]): boolean {
  return earlier.some(
    (other) =>
      other.selectors === undefined &&
      (other.constraints === undefined || other.constraints === grant.constraints) &&
      other.actions.includes(action),
  );
}

function* unusedRoles(own: readonly Role[], policy: OpenPolicy): Generator<Finding> {
  const given = policy.entries.flatMap((entry) => entry.roles);
  const used = new Set(given.flatMap((role) => [role.name, ...role.ancestors]));
  for (const { name } of own) {
    if (used.has(name)) continue;
    yield { kind: 'unused', role: name, message: 'nobody has this role' };
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
  const message = 'it only warns: whoever has it may do everything that is understood';
  yield { kind: 'warn-only', role: role.name, message };
}
