import { guess } from '../nearest.ts';
import { readDocument, type YamlDocument } from '../yaml.ts';
import { createPolicy, type OpenPolicy } from './policy.ts';
import { PRESETS } from './presets.ts';
import { problemsOfIssue, type Path, type Problem } from './problems.ts';
import { compileRoles, type LabelOf } from './roles.ts';
import { compileRule, ruleProblems } from './rules.ts';
import { policySchema, type EntrySettings, type PolicySettings } from './schema.ts';
import type { PolicyProblem } from './types.ts';
import { compileEntry, isLocalEntry } from './who.ts';

export type Parsed =
  | { readonly ok: true; readonly policy: OpenPolicy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Reads a policy, whole or not at all.
 *
 * @param text YAML; bytes have to be UTF-8.
 * @param fileName what its rules are called by: `policy.yaml:12`.
 * @returns the policy, or everything that is wrong with it, by line.
 */
export function parsePolicy(text: string | Uint8Array, fileName: string): Parsed {
  const document = readDocument(text);
  if (document.problems.length > 0) return { ok: false, problems: document.problems };
  const parsed = policySchema.safeParse(document.value);
  if (!parsed.success) return fail(document, parsed.error.issues.flatMap(problemsOfIssue));
  const settings = parsed.data;
  const problems = [...roleProblems(settings), ...entryProblems(settings)];
  if (problems.length > 0) return fail(document, problems);
  const labelOf: LabelOf = (role, list, index) =>
    `${fileName}:${document.locate(['roles', role, list, index]).line}`;
  const roles = compileRoles(settings.roles, labelOf);
  const cas = new Map(Object.entries(settings.cas));
  const entries = settings.users.map((entry) => compileEntry(entry, roles, cas));
  return { ok: true, policy: createPolicy(entries, roles, cas) };
}

function fail(document: YamlDocument, problems: readonly Problem[]): Parsed {
  const placed = problems.map(([path, message]) => ({ ...document.locate(path), message }));
  return { ok: false, problems: placed.sort(byPlace) };
}

function byPlace(left: PolicyProblem, right: PolicyProblem): number {
  return left.line - right.line || left.column - right.column;
}

function* roleProblems({ roles }: PolicySettings): Generator<Problem> {
  for (const [name, role] of Object.entries(roles)) {
    if (Object.hasOwn(PRESETS, name)) {
      yield [['roles', name], `the role "${name}" is there already; inherit from it instead`];
    }
    for (const [index, parent] of (role.inherits ?? []).entries()) {
      const at = ['roles', name, 'inherits', index];
      if (!isRole(roles, parent)) yield [at, noSuchRole(parent, roles)];
      else if (reaches(roles, parent, name)) yield [at, `"${name}" inherits from itself`];
    }
    for (const list of ['allow', 'deny'] as const) {
      for (const [index, settings] of role[list].entries()) {
        const rule = compileRule(settings, '');
        for (const { at, message } of ruleProblems(rule, list)) {
          yield [['roles', name, list, index, ...at], message];
        }
      }
    }
  }
}

function* entryProblems({ users, roles, cas }: PolicySettings): Generator<Problem> {
  for (const [index, entry] of users.entries()) {
    if (entry.ca !== undefined && !Object.hasOwn(cas, entry.ca)) {
      const message = `no CA is called ${JSON.stringify(entry.ca)}; name it under "cas", with the SHA-256 of its public key`;
      yield [['users', index, 'ca'], message];
    }
    yield* localProblems(entry, ['users', index]);
    for (const [at, role] of entry.roles.entries()) {
      if (!isRole(roles, role)) yield [['users', index, 'roles', at], noSuchRole(role, roles)];
    }
  }
}

/** What local callers have none of. */
const CERTIFIED = ['fingerprint', 'certificate-role', 'ca', 'from'] as const;

function* localProblems(entry: EntrySettings, path: Path): Generator<Problem> {
  const { user } = entry;
  if (user === undefined || !isLocalEntry(user)) return;
  if (!/^unix:[/*?]/.test(user)) {
    yield [
      [...path, 'user'],
      `${JSON.stringify(user)} is no socket: write unix:/PATH, as in the trail`,
    ];
  }
  for (const name of CERTIFIED) {
    if (entry[name] === undefined) continue;
    yield [[...path, name], `a local caller has no ${name}: the entry would mean nobody`];
  }
}

type Roles = PolicySettings['roles'];

function isRole(roles: Roles, name: string): boolean {
  return Object.hasOwn(roles, name) || Object.hasOwn(PRESETS, name);
}

function noSuchRole(name: string, roles: Roles): string {
  const presets = Object.keys(PRESETS);
  const near = guess(name, [...Object.keys(roles), ...presets]);
  const others = `; besides those under "roles" there are ${presets.join(', ')}`;
  return `no role is called ${JSON.stringify(name)}${near === '' ? others : near}`;
}

/** Whether inheritance leads from one role to the other. */
function reaches(roles: Roles, from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  const parents = Object.hasOwn(roles, from) ? (roles[from]?.inherits ?? []) : [];
  return parents.some((parent) => reaches(roles, parent, to, seen));
}
