import { describe, expect, it } from 'vitest';
import {
  boolValue,
  int64OrZero,
  int64Value,
  parseInt64,
  swarmFlag,
} from '../../../src/docker-api/form.ts';
import { Query } from '../../../src/docker-api/query.ts';
import { refusalOf } from '../helpers/refusal.ts';

const of = (value: string) => new Query(`v=${encodeURIComponent(value)}`);

describe('a boolean', () => {
  it.each(['', ' ', '0', 'no', 'No', 'FALSE', 'false', 'none', 'nOnE', ' \t\v\f\r\n0\u0085\u00a0'])(
    'written %o is false, even where its absence is true',
    (value) => {
      expect(boolValue(of(value), 'v')).toBe(false);
      expect(boolValue(of(value), 'v', true)).toBe(false);
    },
  );

  it.each(['1', 'yes', 'on', '2', 'f', 'off', 'n', '00', '-0', 'false.', 'fal\u017fe', '\ufeff0'])(
    'written %o is true',
    (value) => {
      expect(boolValue(of(value), 'v')).toBe(true);
    },
  );

  it('that is absent is what its absence means', () => {
    expect(boolValue(new Query('pause[]=0'), 'pause')).toBe(false);
    expect(boolValue(new Query('Pause=0'), 'pause', true)).toBe(true);
    expect(boolValue(new Query('pause'), 'pause', true)).toBe(false);
  });

  it('is the first of its values', () => {
    expect(boolValue(new Query('v=0&v=1'), 'v')).toBe(false);
  });

  it('is refused where it is no UTF-8', () => {
    expect(refusalOf(() => boolValue(new Query('v=%ff'), 'v')).code).toBe('REQUEST_AMBIGUOUS');
  });
});

describe('a flag of the swarm routes', () => {
  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('written %o is true', (value) => {
    expect(swarmFlag(of(value), 'v')).toBe(true);
  });

  it.each(['', '0', 'f', 'F', 'FALSE', 'false', 'False'])('written %o is false', (value) => {
    expect(swarmFlag(of(value), 'v')).toBe(false);
  });

  it.each(['tRUE', 'yes', 'no', 'none', ' 1', '2'])('written %o is none', (value) => {
    expect(swarmFlag(of(value), 'v')).toBeUndefined();
  });

  it('that is absent is false', () => {
    expect(swarmFlag(new Query(''), 'v')).toBe(false);
  });
});

describe('an integer', () => {
  it.each([
    ['0', 0n],
    ['+7', 7n],
    ['-7', -7n],
    ['007', 7n],
    ['-0', 0n],
    [`${'0'.repeat(500)}1`, 1n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
  ])('written %o is %o', (text, value) => {
    expect(parseInt64(text)).toBe(value);
    expect(int64Value(of(text), 'v', 5n)).toBe(value);
  });

  it.each([
    ...['9223372036854775808', '-9223372036854775809', '9'.repeat(500)],
    ...['1.0', '1e3', '0x10', '1_000', ' 1', '1 ', '--1', '+', '-', '\u0661', '1\n'],
  ])('written %o is none, which is read as 0 where the daemon does not care', (text) => {
    expect(parseInt64(text)).toBeUndefined();
    expect(int64Value(of(text), 'v', 5n)).toBeUndefined();
    expect(int64OrZero(of(text), 'v')).toBe(0n);
  });

  it('that is absent or empty is the default', () => {
    expect(int64Value(new Query(''), 'v', 5n)).toBe(5n);
    expect(int64Value(new Query('v=&v=7'), 'v', 5n)).toBe(5n);
    expect(int64OrZero(new Query('v'), 'v')).toBe(0n);
  });
});
