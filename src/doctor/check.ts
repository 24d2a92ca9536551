/**
 * What became of one check. A warning does not fail the run; skipped means that there was nothing
 * to look at, or no way to look, and counts as neither passed nor failed.
 */
export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

/** One line of the screen. */
export interface Check {
  /** A word or two, the same in every run. */
  readonly name: string;
  readonly state: CheckState;
  /** The value found; for a skipped check the reason. */
  readonly found: string;
  /** The command that mends it, or what to do where no command can; absent where all is well. */
  readonly fix?: string;
}

export const ok = (name: string, found: string): Check => ({ name, state: 'ok', found });

export const warning = (name: string, found: string, fix: string): Check => ({
  name,
  state: 'warning',
  found,
  fix,
});

export const failed = (name: string, found: string, fix: string): Check => ({
  name,
  state: 'failed',
  found,
  fix,
});

/** @param fix what would make the check possible, where something would. */
export const skipped = (name: string, found: string, fix?: string): Check => ({
  name,
  state: 'skipped',
  found,
  ...(fix !== undefined && { fix }),
});

/** A word for a POSIX shell: as it is where that is safe, in single quotes otherwise. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Several words for a shell, separated by spaces. */
export const shellWords = (texts: readonly string[]): string => texts.map(shellWord).join(' ');

/** `a, b and 3 more`: a list that stays on one line. */
export function shortList(items: readonly string[], most = 4): string {
  if (items.length <= most) return items.join(', ');
  return `${items.slice(0, most - 1).join(', ')} and ${items.length - most + 1} more`;
}

/** For a check that needs what an earlier one has found wanting. */
export const notChecked = (name: string, earlier: string): Check =>
  skipped(name, `not checked, see "${earlier}"`);
