import { hash } from 'node:crypto';

/** Longest value from the wire that goes into a line, in characters. */
const MAX_LENGTH = 1024;

/**
 * A value from the wire as text that cannot harm whoever reads the log: printable ASCII stays, all
 * else (line ends, ANSI escapes, bidi marks, lone surrogates) becomes `\uXXXX`, and a backslash is
 * doubled, so that each text stands for one value. Over 1,024 characters the rest is counted, not kept, and the beginning
 * of the SHA-256 of the whole value (UTF-8) stands for it, so that a value that is known can be told again.
 */
export function safeText(value: string, max = MAX_LENGTH): string {
  if (value.length <= max && !HARMFUL.test(value)) return value;
  const kept = value.slice(0, max).replace(/[^\x20-\x5b\x5d-\x7e]/g, escaped);
  if (value.length <= max) return kept;
  return `${kept}…(+${value.length - max}, sha256 ${hash('sha256', value).slice(0, 16)})`;
}

const HARMFUL = /[^\x20-\x5b\x5d-\x7e]/;

function escaped(unit: string): string {
  return unit === '\\' ? '\\\\' : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
