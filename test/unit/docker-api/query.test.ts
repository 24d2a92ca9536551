import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairs, Query } from '../../../src/docker-api/query.ts';
import { CallError } from '../../../src/errors.ts';
import { PROPERTY } from '../helpers/property.ts';
import { refusalOf } from '../helpers/refusal.ts';

describe('the first value', () => {
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
    expect(new Query(query).first(key)).toBe(value);
    expect(new Query(query).has(key)).toBe(value !== undefined);
  });
});

describe('a list', () => {
  it.each([
    ['t=a&t=b&T=c&t[]=d', ['a', 'b']],
    ['t=a%2Cb&%74=', ['a,b', '']],
    ['t', ['']],
    ['x=1', []],
    ['', []],
  ])('of %o for the key "t" is %o', (query, values) => {
    expect(new Query(query).all('t')).toEqual(values);
  });
});

describe('the names of a query', () => {
  it('are all there, once, in order, whatever they are', () => {
    const query = new Query('b=1&a=%ff&b=2&__proto__=x&%ff=1&&=y');
    expect(query.names).toEqual(['b', 'a', '__proto__', '\ufffd', '']);
  });
});

describe('a value that is no UTF-8', () => {
  it.each(['a=%ff', 'a=%ff&a=1', 'a=1&a=%c0%af', 'a=%ed%a0%80', '%61=+%ff'])(
    'is refused where it is looked at: %s',
    (raw) => {
      const query = new Query(`${raw}&b=1`);
      expect(query.first('b')).toBe('1');
      expect(query.has('a')).toBe(true);
      for (const look of [() => query.first('a'), () => query.all('a')]) {
        expect(refusalOf(look)).toMatchObject({
          code: 'REQUEST_AMBIGUOUS',
          message: 'refused: the parameter "a" is no UTF-8',
        });
      }
    },
  );
});

describe('a query of very many parameters', () => {
  it('is read up to what every Go reads, and refused beyond', () => {
    expect(new Query('&a=1'.repeat(9_999)).all('a')).toHaveLength(9_999);
    const error = refusalOf(() => new Query('&'.repeat(10_000)));
    expect(error).toBeInstanceOf(CallError);
    expect(error.message).toBe('refused: a query of more than 10000 parameters');
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
    expect([...pairs('a=%EF%BB%BFx')]).toEqual([['a', '\ufeffx']]);
    expect([...pairs('a=%EF%BB%BF%FF')]).toEqual([['a', '\ufeff\ufffd']]);
  });

  it('gives back what URLSearchParams wrote', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (written) => {
        const query = new URLSearchParams(written).toString();
        const read = [...pairs(query)];
        for (const [key] of written) {
          const values = written.filter(([other]) => other === key).map(([, value]) => value);
          expect(new Query(query).all(key)).toEqual(values);
        }
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
        const text = Buffer.from(bytes).toString();
        expect([...pairs(`a=${escaped.join('')}`)]).toEqual([['a', text]]);
      }),
      PROPERTY,
    );
  });
});
