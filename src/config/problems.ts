import type { z } from 'zod';

/**
 * What is wrong with a setting: its flag, the value where it may be shown, what was expected.
 *
 * @param raw the settings that were checked.
 */
export function problemsOf(
  issue: z.core.$ZodIssue,
  raw: Readonly<Record<string, unknown>>,
): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => `--${name}: there is no such setting`);
  }
  const [name, ...within] = issue.path.map(String);
  if (name === undefined) return [expected(issue)];
  return [`--${name}${shown(valueAt(raw[name], within))}: ${expected(issue)}`];
}

/** In a form that all share; what zod got stands before it already. */
function expected({ message }: z.core.$ZodIssue): string {
  return message
    .replace(/^.*?(?=expected )/, '')
    .replace(/, received .*$/, '')
    .replace(/ to be >=/, ' of at least ')
    .replaceAll('"|"', ', ')
    .replaceAll('"', '')
    .replace(/(?<=^expected )(?:string|number|array|boolean)/, (kind) => KINDS[kind] ?? kind);
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  array: 'a list',
  boolean: 'true or false',
};

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, step) => (part as Record<string, unknown> | undefined)?.[step],
    value,
  );
}

/** Text and numbers are repeated, unless they may be what should have been in a file. */
function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return ` ${value}`;
  if (typeof value !== 'string' || value === '') return '';
  return value.length > 200 || /-----BEGIN|[\r\n\0]/.test(value) ? '' : ` ${value}`;
}
