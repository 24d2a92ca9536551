/** The little of man(7) that the pages need. Text goes in, never requests: what could be read as one is escaped. */

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  // As it is typed, not the hyphen of a printed word.
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '~': '\\(ti',
  '^': '\\(ha',
};

/** Running text, in lines as the format wants them: short, and not beginning as a request does. */
export function text(plain: string): string {
  return escaped(plain.replace(/(.{1,72})(?: +|$)/gm, '$1\n').trimEnd()).replace(/^\./gm, '\\&.');
}

const escaped = (plain: string): string =>
  plain.replace(/[\\\-'`~^]/g, (character) => ESCAPES[character] ?? character);

/** As it is typed. */
export const bold = (plain: string): string => `\\fB${escaped(plain)}\\fR`;

/** To be replaced. */
export const italic = (plain: string): string => `\\fI${escaped(plain)}\\fR`;

/** @param date of the page, `2026-03-01`. */
export function titled(name: string, date: string, version: string): string[] {
  const title = `.TH "${escaped(name.toUpperCase())}" 1 "${date}" "dockgate ${escaped(version)}" "dockgate"`;
  // Names of flags and variables are not to be broken.
  return [title, '.nh', '.ad l'];
}

/** @param body lines of roff; without any there is no section. */
export function section(title: string, body: readonly string[]): string[] {
  return body.length === 0 ? [] : [`.SH ${title}`, ...body];
}

/** A term, and indented what it is. Both are roff. */
export const entry = (term: string, body: string): string[] => ['.TP', term, body];

/** A line that is to be typed, and before it what for. */
export function example(line: string, what: string): string[] {
  return [text(what), '.PP', '.in +4n', '.nf', bold(line), '.fi', '.in'];
}
