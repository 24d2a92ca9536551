import { guess } from '../nearest.ts';
import { fieldsOf, listOf, type Fields } from './document.ts';
import { PRESETS } from './presets.ts';
import type { Problem } from './problems.ts';

/**
 * Names of roles and CAs in a policy that nothing bears, or something else does. It takes the document as it is, so
 * that whoever wrote it hears of them together with what the schema has against it.
 */
export function* nameProblems(document: unknown): Generator<Problem> {
  const { roles, users, cas } = fieldsOf(document);
  yield* ofRoles(fieldsOf(roles));
  for (const [index, entry] of listOf(users).entries()) {
    const { ca, roles: given } = fieldsOf(entry);
    if (typeof ca === 'string' && !Object.hasOwn(fieldsOf(cas), ca)) {
      const message = `no CA is called ${JSON.stringify(ca)}; name it under "cas", with the SHA-256 of its public key`;
      yield [['users', index, 'ca'], message];
    }
    for (const [at, role] of listOf(given).entries()) {
      if (isRole(fieldsOf(roles), role)) continue;
      yield [['users', index, 'roles', at], noSuchRole(role, fieldsOf(roles))];
    }
  }
}

function* ofRoles(roles: Fields): Generator<Problem> {
  for (const [name, role] of Object.entries(roles)) {
    if (Object.hasOwn(PRESETS, name)) {
      yield [['roles', name], `the role "${name}" is there already; inherit from it instead`];
    }
    for (const [index, parent] of listOf(fieldsOf(role)['inherits']).entries()) {
      const at = ['roles', name, 'inherits', index];
      if (!isRole(roles, parent)) yield [at, noSuchRole(parent, roles)];
      else if (reaches(roles, parent, name)) yield [at, `"${name}" inherits from itself`];
    }
  }
}

/** What cannot be a name is for the schema to find. */
function isRole(roles: Fields, name: unknown): boolean {
  return (
    typeof name !== 'string' ||
    name === '' ||
    Object.hasOwn(roles, name) ||
    Object.hasOwn(PRESETS, name)
  );
}

function noSuchRole(name: unknown, roles: Fields): string {
  const presets = Object.keys(PRESETS);
  const near = guess(String(name), [...Object.keys(roles), ...presets]);
  const others = `; besides those under "roles" there are ${presets.join(', ')}`;
  return `no role is called ${JSON.stringify(name)}${near === '' ? others : near}`;
}

/** Whether inheritance leads from one role to the other. */
function reaches(roles: Fields, from: unknown, to: string, seen = new Set<unknown>()): boolean {
  if (from === to) return true;
  if (typeof from !== 'string' || seen.has(from)) return false;
  seen.add(from);
  const parents = Object.hasOwn(roles, from) ? listOf(fieldsOf(roles[from])['inherits']) : [];
  return parents.some((parent) => reaches(roles, parent, to, seen));
}
