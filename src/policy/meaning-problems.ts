import { fieldsOf, listOf } from './document.ts';
import type { Path, Problem } from './problems.ts';
import { compileRule, ruleProblems } from './rules.ts';
import { entrySchema, ruleSchema, type EntrySettings } from './schema.ts';
import { isLocalEntry } from './who.ts';

/**
 * Rules and entries that are well-formed, and mean nothing. It takes the document as it is: what the schema has
 * something against is left out, and all others are looked at.
 */
export function* meaningProblems(document: unknown): Generator<Problem> {
  const { roles, users } = fieldsOf(document);
  for (const [name, role] of Object.entries(fieldsOf(roles))) {
    for (const list of ['allow', 'deny'] as const) {
      for (const [index, settings] of listOf(fieldsOf(role)[list]).entries()) {
        yield* ofRule(settings, list, ['roles', name, list, index]);
      }
    }
  }
  for (const [index, entry] of listOf(users).entries()) {
    const read = entrySchema.safeParse(entry);
    if (read.success) yield* localProblems(read.data, ['users', index]);
  }
}

function* ofRule(settings: unknown, list: 'allow' | 'deny', path: Path): Generator<Problem> {
  const read = ruleSchema.safeParse(settings);
  if (!read.success) return;
  for (const { at, message } of ruleProblems(compileRule(read.data, ''), list)) {
    yield [[...path, ...at], message];
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
