import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT_CODE, HTTP_STATUS } from '../../src/errors.ts';

const DOCS = new URL('../../docs/', import.meta.url).pathname;
const SRC = new URL('../../src/', import.meta.url).pathname;
/** All of src/, with the parts of a message that stands on several lines put together. */
const SOURCE = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(SRC, name), 'utf8'))
  .join('\n')
  .replaceAll(/\$\{[^}]*\}/g, '…');
const page = readFileSync(join(DOCS, 'operations.md'), 'utf8');

it.each([...Object.entries(EXIT_CODE), ...Object.entries(HTTP_STATUS)])(
  'docs/operations.md says what %s (%i) means, and what to do',
  (code, number) => {
    const rows = page.split('\n').filter((line) => line.startsWith(`| \`${code}\``));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatch(new RegExp(`^\\| \`${code}\` +\\| ${number} +\\| \\S.*\\| \\S.*\\|$`));
  },
);

it('docs/operations.md names no code that there is not', () => {
  const known = new Set([...Object.keys(EXIT_CODE), ...Object.keys(HTTP_STATUS)]);
  const named = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect(named.filter((code) => !known.has(code ?? ''))).toEqual([]);
});

it('links of docs/operations.md lead somewhere', () => {
  const links = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, target]) => target ?? '');
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((target) => !existsSync(join(DOCS, target)))).toEqual([]);
});

/** The cells that quote messages: the third of a code's row, the first of the gate's own log. */
const quotes = page.split('\n').flatMap((row) => {
  const cells = row.split(' | ');
  const cell = /^\| `[A-Z_]+`/.test(row) ? cells[2] : /^\| `[a-z]/.test(row) ? cells[0] : '';
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted);
});

it.each(quotes)('docs/operations.md quotes what is said: %s', (quoted) => {
  const words = quoted.split('…').map((part) => part.replace(/[:"] ?[A-Z]*$|^[": ]+/g, '').trim());
  const longest = words.sort((left, right) => right.length - left.length)[0] ?? '';
  if (/[a-z]{3} [a-z]/.test(longest)) expect(SOURCE.includes(longest), longest).toBe(true);
});
