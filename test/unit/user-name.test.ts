import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUserName } from '../../src/user-name.ts';
import { PROPERTY } from './helpers/property.ts';

describe('isUserName', () => {
  it.each(['a', '7', 'alice', 'ci-2', 'a.b_c@example.com', 'A'.repeat(63)])('takes %s', (name) => {
    expect(isUserName(name)).toBe(true);
  });

  it.each([
    ['the empty name', ''],
    ['64 characters', 'a'.repeat(64)],
    ['a leading dot', '.a'],
    ['a dot-dot', '..'],
    ['a leading dash', '-a'],
    ['a slash', 'a/b'],
    ['a backslash', 'a\\b'],
    ['a space', 'a b'],
    ['a space around it', ' a'],
    ['a line end', 'a\n'],
    ['NUL', 'admin\0.evil'],
    ['a letter beyond ASCII', 'ä'],
    ['a letter that folds to one of ASCII', 'bo\u212a'],
    ['something that is no string', ['a']],
    ['nothing', undefined],
  ])('refuses %s', (_, name) => {
    expect(isUserName(name)).toBe(false);
  });

  it('takes no string that is not safe as a directory and as a word of a log line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (name) => {
        if (isUserName(name)) expect(name).toMatch(/^[!-~]+$/);
        const unsafe = /[/\\\s\p{C}]/u.test(name) || name.startsWith('.');
        if (unsafe) expect(isUserName(name)).toBe(false);
      }),
      PROPERTY,
    );
  });
});
