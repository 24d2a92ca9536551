/** Longest value from the wire that goes into a line, in characters. */
const MAX_LENGTH = 1024;

/**
 * A value from the wire as text that cannot harm whoever reads the log: printable ASCII stays, all
 * else (line ends, ANSI escapes, bidi marks, lone surrogates) becomes `\uXXXX`, and a backslash is
 * doubled, so that each text stands for one value. Over 1,024 characters the rest is counted, not kept.
 */
export function safeText(value: string, max = MAX_LENGTH): string {
  if (value.length <= max && !HARMFUL.test(value)) return value;
  const kept = value.slice(0, max).replace(/[^\x20-\x5b\x5d-\x7e]/g, escaped);
  return value.length > max ? `${kept}…(+${value.length - max})` : kept;
}

const HARMFUL = /[^\x20-\x5b\x5d-\x7e]/;

function escaped(unit: string): string {
  return unit === '\\' ? '\\\\' : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
