import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeText } from '../../../src/audit/text.ts';
import { PROPERTY } from '../helpers/property.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('safeText', () => {
  it.each([
    ['/v1.41/containers/json', '/v1.41/containers/json'],
    ['a b"~', 'a b"~'],
    ['\\', '\\\\'],
    ['\\u000a', '\\\\u000a'],
    ['a\nb', 'a\\u000ab'],
    ['\r\n{"fake":1}', '\\u000d\\u000a{"fake":1}'],
    ['\u001b]0;pwn\u0007', '\\u001b]0;pwn\\u0007'],
    ['\0\x7f', '\\u0000\\u007f'],
    ['\u202ecod.exe', '\\u202ecod.exe'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\ud800', '\\ud800'],
    ['é', '\\u00e9'],
    ['😀', '\\ud83d\\ude00'],
    ['', ''],
  ])('writes %j as %j', (value, text) => {
    expect(safeText(value)).toBe(text);
  });

  it('keeps 1,024 characters, counts the rest, and tells two such values apart', () => {
    expect(safeText('x'.repeat(1_024))).toBe('x'.repeat(1_024));
    expect(safeText('x'.repeat(1_030))).toBe(
      `${'x'.repeat(1_024)}…(+6, sha256 ${sha256('x'.repeat(1_030)).slice(0, 16)})`,
    );
    expect(safeText('\n'.repeat(5), 2)).toBe(
      `\\u000a\\u000a…(+3, sha256 ${sha256('\n'.repeat(5)).slice(0, 16)})`,
    );
  });

  it('gives no two values the same text', () => {
    const value = fc.stringMatching(/^[\\\n\\u0a]{0,6}$/);
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(safeText(a) === safeText(b)).toBe(a === b);
      }),
      PROPERTY,
    );
  });

  it('never gives a line end, a control or anything beyond ASCII but its own mark of what is cut', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 20 }), (wire, max) => {
        const text = safeText(wire, max);
        expect(text).toMatch(/^[\x20-\x7e]*(?:…\(\+\d+, sha256 [0-9a-f]{16}\))?$/);
        expect(text.length).toBeLessThan(6 * max + 45);
      }),
      PROPERTY,
    );
  });
});
