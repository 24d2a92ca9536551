import { describe, expect, it } from 'vitest';
import { isBefore, readVersion } from '../../../src/docker-api/version.ts';

describe('an API version', () => {
  it.each([
    ['1.9', 1, 10, true],
    ['1.41', 1, 42, true],
    ['1.42', 1, 42, false],
    ['1.43', 1, 42, false],
    ['2.0', 1, 42, false],
    ['1.99', 2, 0, true],
  ])('%s is before %i.%i: %s', (text, major, minor, before) => {
    expect(isBefore(readVersion(text), major, minor)).toBe(before);
  });

  it('that is absent is the newest', () => {
    expect(isBefore(undefined, 99, 0)).toBe(false);
  });
});
