import type { TargetFacts } from '../types.ts';
import { compileGlob } from '../glob.ts';
import { inConstraints, quoted } from './common.ts';
import { report, type At } from './inspection.ts';

/**
 * Who a process runs as: `user[:group]`, by name or number. Empty is the image's own user.
 *
 * Numbers are compared as numbers, since `0`, `00` and `+0` are root to the daemon. A name means
 * what the image says it means, so a pattern that is to keep root out has to be one of numbers.
 */
export function checkUser(text: string, at: At): void {
  const { users } = at.on.constraints;
  if (users === undefined) return;
  const [user = '', group] = text.split(':');
  if (!matchesUser(users, user)) {
    const needed = inConstraints('users', user === '' ? '1000' : user.slice(0, 60));
    const who = user === '' ? 'root, since no user is named,' : `the user ${quoted(user)}`;
    report(at, `${who} is not allowed`, needed);
  }
  if (group !== undefined && group !== '') checkGroup(group, at, user);
}

/** The user of a container that names none: the image's, where the daemon tells. */
export function checkDefaultUser(image: TargetFacts | undefined, at: At): void {
  if (at.on.constraints.users === undefined) return;
  if (image === undefined || image.missing === true) {
    const needed = 'a user in the call, or an image that is there';
    report(at, 'no user is named, and the image’s own is not known', needed);
  } else {
    checkUser(image.user ?? '', at);
  }
}

/** A further group; a process may always be in the group of its own number. */
export function checkGroup(group: string, at: At, user?: string): void {
  const number = asNumber(group);
  if (number !== undefined && number !== 0 && user !== undefined && number === asNumber(user)) {
    return;
  }
  if (matchesUser(at.on.constraints.groups, group)) return;
  report(
    at,
    `the group ${quoted(group)} is not allowed`,
    inConstraints('groups', group.slice(0, 60)),
  );
}

const RANGE = /^([0-9]+)(?:-([0-9]+))?$/;

/** @param patterns `1000`, `1000-1999`, or globs for names. */
function matchesUser(patterns: readonly string[], user: string): boolean {
  const number = user === '' ? 0 : asNumber(user);
  return patterns.some((pattern) => {
    const range = RANGE.exec(pattern);
    if (range === null) return number === undefined && compileGlob(pattern).matches(user);
    return (
      number !== undefined && Number(range[1]) <= number && number <= Number(range[2] ?? range[1])
    );
  });
}

/** strconv.Atoi; undefined for a name. */
function asNumber(text: string): number | undefined {
  if (text === 'root') return 0;
  return /^[+-]?[0-9]+$/.test(text) ? Number(text) : undefined;
}
