import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../../src/policy/glob.ts';
import { PROPERTY } from '../helpers/property.ts';

describe('a pattern', () => {
  it.each([
    ['web', 'web', true],
    ['web', 'web2', false],
    ['web', 'Web', false],
    ['web-*', 'web-', true],
    ['web-*', 'web-1', true],
    ['web-*', 'my-web-1', false],
    ['*', '', true],
    ['*-db', 'a-b-db', true],
    ['*-db', 'a-db-2', false],
    ['w?b', 'web', true],
    ['w?b', 'wb', false],
    ['a**b', 'axyb', true],
    ['web*', 'web/../db', true],
    ['a.c', 'abc', false],
    ['*\n*', 'a\nb', true],
  ])('%s against %s: %s', (source, text, expected) => {
    expect(compileGlob(source).matches(text)).toBe(expected);
  });

  it.each([
    ['reg/*', 'reg/app', true],
    ['reg/*', 'reg/team/app', false],
    ['reg/**', 'reg/team/app', true],
    ['reg/?pp', 'reg/app', true],
    ['reg?app', 'reg/app', false],
  ])('with a separator, %s against %s: %s', (source, text, expected) => {
    expect(compileGlob(source, '/').matches(text)).toBe(expected);
  });

  it('says whether it is a plain name', () => {
    expect(compileGlob('web').isLiteral).toBe(true);
    expect(compileGlob('web?').isLiteral).toBe(false);
  });

  it('matches what a regular expression of the same meaning matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, text, (source, subject) => {
        const meaning = source.replace(/\*+/g, '.*').replaceAll('?', '.');
        expect(compileGlob(source).matches(subject)).toBe(new RegExp(`^${meaning}$`).test(subject));
      }),
      PROPERTY,
    );
  });

  it('takes time in proportion to the text, whatever the pattern', () => {
    const pattern = compileGlob('*a*a*a*a*a*a*a*a*b');
    const start = performance.now();
    expect(pattern.matches('a'.repeat(20_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
