import { describe, expect, it } from 'vitest';
import { checksJson, screenLines, summary, wantsColour } from '../../../src/cli/check-screen.ts';
import { failed, ok, shellWord, skipped, warning } from '../../../src/doctor/check.ts';

const checks = [
  ok('files', 'all there'),
  warning('CA key', 'is here', 'move it'),
  failed('modes', 'k is 0644', 'chmod 600 k'),
  skipped('CRL', 'nothing is revoked'),
];

describe('the screen of checks', () => {
  it('has a line for each, and below it what mends it', () => {
    expect(screenLines(checks, false)).toEqual([
      '  ✓ files   all there',
      '  ! CA key  is here',
      '            → move it',
      '  ✗ modes   k is 0644',
      '            → chmod 600 k',
      '  – CRL     nothing is revoked',
    ]);
  });

  it('colours the marks alone', () => {
    expect(screenLines(checks, true)[0]).toBe('  \x1b[32m✓\x1b[0m files   all there');
  });

  it('counts what was skipped as neither fine nor failed', () => {
    expect(summary(checks)).toBe('1 fine, 1 warning, 1 failed, 1 not checked');
    expect(summary([ok('a', 'b')])).toBe('1 fine');
  });

  it('gives scripts true, false and null', () => {
    const oks = checksJson(checks).map((check) => (check as { ok: unknown }).ok);
    expect(oks).toEqual([true, true, false, null]);
  });

  it('has colours on a terminal only, and not against NO_COLOR', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });
});

it.each([
  ['certs/ca.pem', 'certs/ca.pem'],
  ['my certs', "'my certs'"],
  ["it's", String.raw`'it'\''s'`],
  ['$(reboot)', "'$(reboot)'"],
  ['', "''"],
])('a shell reads %j as %s', (text, word) => {
  expect(shellWord(text)).toBe(word);
});
