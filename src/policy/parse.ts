import { readDocument, type YamlDocument } from '../yaml.ts';
import { meaningProblems } from './meaning-problems.ts';
import { nameProblems } from './name-problems.ts';
import { createPolicy, type OpenPolicy } from './policy.ts';
import { problemsOfIssue, type Problem } from './problems.ts';
import { compileRoles, type LabelOf } from './roles.ts';
import { policySchema } from './schema.ts';
import type { PolicyProblem } from './types.ts';
import { compileEntry } from './who.ts';

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
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap(problemsOfIssue),
    ...nameProblems(document.value),
    ...meaningProblems(document.value),
  ];
  if (problems.length > 0 || !parsed.success) return fail(document, problems);
  const settings = parsed.data;
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
