import type { Check, CheckState } from '../doctor/check.ts';

const MARK: Readonly<Record<CheckState, string>> = {
  ok: '✓',
  warning: '!',
  failed: '✗',
  skipped: '–',
};
/** Green, yellow, red, grey (ECMA-48 SGR). */
const COLOUR: Readonly<Record<CheckState, number>> = {
  ok: 32,
  warning: 33,
  failed: 31,
  skipped: 90,
};

/** True where colours belong: on a terminal, unless NO_COLOR says otherwise (no-color.org). */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '';
}

/**
 * One line for each check: mark, name, what was found; below it, behind an arrow, what mends it.
 *
 * @param colour whether the marks are coloured.
 */
export function screenLines(checks: readonly Check[], colour: boolean): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = ' '.repeat(width + 6);
  return checks.flatMap(({ name, state, found, fix }) => {
    const mark = colour ? `\x1b[${COLOUR[state]}m${MARK[state]}\x1b[0m` : MARK[state];
    const line = `  ${mark} ${name.padEnd(width)}  ${found}`;
    return fix === undefined ? [line] : [line, `${indent}→ ${fix}`];
  });
}

/** `18 fine, 1 warning, 2 failed, 3 not checked`; what there is none of is left out, but for the fine. */
export function summary(checks: readonly Check[]): string {
  const count = (state: CheckState): number =>
    checks.filter((check) => check.state === state).length;
  const warnings = count('warning');
  return [
    `${count('ok')} fine`,
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
    ...(count('failed') > 0 ? [`${count('failed')} failed`] : []),
    ...(count('skipped') > 0 ? [`${count('skipped')} not checked`] : []),
  ].join(', ');
}

/** For scripts: `ok` is null for a check that was skipped, and true for a warning. */
export function checksJson(checks: readonly Check[]): readonly object[] {
  return checks.map(({ name, state, found, fix }) => ({
    name,
    ok: state === 'skipped' ? null : state !== 'failed',
    state,
    found,
    ...(fix !== undefined && { fix }),
  }));
}
