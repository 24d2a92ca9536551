import { describe, expect, it } from 'vitest';
import { parseBytes, parseDuration } from '../../../src/config/units.ts';

describe('parseBytes', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['64k', 64_000],
    ['64KiB', 65_536],
    ['100MB', 100_000_000],
    ['1.5 GiB', 1_610_612_736],
  ])('reads %s as %i bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'MB', '-1', '1TBB', '1 2', '1e9', 'constructor', '1constructor'])(
    'is nothing for %j',
    (text) => {
      expect(parseBytes(text)).toBeUndefined();
    },
  );
});

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['500ms', 500],
    ['90s', 90_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['1w', 604_800_000],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '60', 'h', '-2h', '2 hours'])('is nothing for %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
