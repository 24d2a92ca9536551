import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstValue, pairs } from '../../../src/docker-api/query.ts';
import { PROPERTY } from '../helpers/property.ts';

describe('firstValue', () => {
  it.each([
    ['all=1', 'all', '1'],
    ['a=1&a=2', 'a', '1'],
    ['signal=9&%73ignal=1', 'signal', '9'],
    ['%73ignal=%53IG+KILL', 'signal', 'SIG KILL'],
    ['a=b=c', 'a', 'b=c'],
    ['a', 'a', ''],
    ['a=', 'a', ''],
    ['&&a=1&&', 'a', '1'],
    ['=x', '', 'x'],
    ['a+b=1', 'a b', '1'],
    ['a=%2B', 'a', '+'],
    ['a=%C3%A9', 'a', 'é'],
    ['Signal=2&signal[]=3', 'signal', undefined],
    ['', '', undefined],
    ['', 'a', undefined],
    ['toString=1', 'constructor', undefined],
  ])('of %o for the key %o is %o', (query, key, value) => {
    expect(firstValue(query, key)).toBe(value);
  });
});

describe('pairs', () => {
  it('keeps order and repetitions', () => {
    expect([...pairs('b=2&a=1&b=3')]).toEqual([
      ['b', '2'],
      ['a', '1'],
      ['b', '3'],
    ]);
  });

  it.each([
    ['%ff', '\ufffd'],
    ['a%ffb+c', 'a\ufffdb c'],
    ['%c0%af', '\ufffd\ufffd'],
    ['%ed%a0%80', '\ufffd\ufffd\ufffd'],
    ['%ff%2B%20', '\ufffd+ '],
  ])('reads the bytes %s, which are no UTF-8, as %o', (escaped, text) => {
    expect([...pairs(`a=${escaped}`)]).toEqual([['a', text]]);
    expect([...pairs(escaped)]).toEqual([[text, '']]);
  });

  it('keeps a byte order mark, beside bytes that are UTF-8 or not', () => {
    expect(firstValue('a=%EF%BB%BFx', 'a')).toBe('\ufeffx');
    expect(firstValue('a=%EF%BB%BF%FF', 'a')).toBe('\ufeff\ufffd');
  });

  it('gives back what URLSearchParams wrote', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (written) => {
        const query = new URLSearchParams(written).toString();
        const read = [...pairs(query)];
        // A pair that is empty on both sides is written as "=", never as nothing.
        expect(read).toEqual(written);
      }),
      PROPERTY,
    );
  });

  it('reads any escaped bytes without an error, as Buffer decodes them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
        const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`);
        expect(firstValue(`a=${escaped.join('')}`, 'a')).toBe(Buffer.from(bytes).toString());
      }),
      PROPERTY,
    );
  });
});
