import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isArray,
  isObject,
  readJsonValue,
  type Json,
} from '../../../../src/docker-api/json/value.ts';
import { PROPERTY } from '../../helpers/property.ts';

/** The value as JSON.parse gives it, for comparison. */
function plain(value: Json): unknown {
  if (isObject(value)) {
    return Object.fromEntries(Array.from(value, ([key, item]) => [key, plain(item)]));
  }
  if (isArray(value)) return value.map(plain);
  return value !== null && typeof value === 'object' && 'number' in value
    ? Number(value.number)
    : value;
}

function parsed(text: string): unknown {
  const value = readJsonValue(text);
  return value === undefined ? undefined : plain(value);
}

describe('readJsonValue', () => {
  it.each([
    ['null', null],
    [' true ', true],
    ['\t\r\n[ ]', []],
    ['{ }', {}],
    ['{"a":[1,-0.5e+3,"x"],"b":{"c":false}}', { a: [1, -500, 'x'], b: { c: false } }],
    [String.raw`"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"`, '"\\/\b\f\n\r\té😀'],
    ['"😀\u007f\u0085\u2028"', '😀\u007f\u0085\u2028'],
    ['[[],[[]]]', [[], [[]]]],
  ])('reads %o', (text, value) => {
    expect(parsed(text)).toEqual(value);
  });

  it('keeps numbers as they were written', () => {
    expect(readJsonValue('9007199254740993')).toEqual({ number: '9007199254740993' });
  });

  it('keeps keys exactly, be they odd', () => {
    const value = readJsonValue('{"__proto__":1,"a":2,"A":3,"":4}');
    expect(isObject(value) && [...value.keys()]).toEqual(['__proto__', 'a', 'A', '']);
  });

  it.each([
    ...[
      '',
      ' ',
      '{',
      '[',
      '"',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,}',
      '[1,]',
      '[,]',
      '{,}',
      '[1 2]',
    ],
    ...['{a:1}', "{'a':1}", '{"a" 1}', 'tru', 'nulll', 'True', 'NaN', 'Infinity', 'undefined'],
    ...['01', '+1', '1.', '.5', '1e', '-', '0x1', '1 1', '{} {}', '[1]]', '{"a":1}x'],
    ...[String.raw`"\x"`, String.raw`"\u12"`, String.raw`"\u12g4"`, '"\n"', '"\u0000"', '"a\tb"'],
    ...['\ufeff{}', '\u00a0{}', '/**/1', '{"a":1,"a":1}', String.raw`{"a":1,"\u0061":1}`],
    ...[String.raw`"\ud800"`, String.raw`"\udc00\ud800"`, String.raw`{"\ud83d":1}`, '"\ud800"'],
  ])('does not read %o', (text) => {
    expect(readJsonValue(text)).toBeUndefined();
  });

  it('reads nesting up to its limit', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(readJsonValue(nested(100))).toBeDefined();
    expect(readJsonValue(nested(101))).toBeUndefined();
    expect(readJsonValue(nested(100_000))).toBeUndefined();
  });

  it('looks at each character of a long text once, whether or not it ends well', () => {
    const long = 'a\\n'.repeat(100_000);
    expect(readJsonValue(`"${long}"`)).toHaveLength(200_000);
    expect(readJsonValue(`"${long}`)).toBeUndefined();
  });

  it('reads what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parsed(text))).toBe(text);
      }),
      PROPERTY,
    );
  });

  it('reads nothing that JSON.parse does not read, and the same', () => {
    const piece = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"a"', '"b"', '"', '\\', '1', '-', '.', 'e', 'null', ' '],
    );
    let read = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        if (readJsonValue(text) === undefined) return;
        read += 1;
        expect(parsed(text)).toEqual(JSON.parse(text));
      }),
      { ...PROPERTY, numRuns: 20_000 },
    );
    expect(read).toBeGreaterThan(200);
  });
});
