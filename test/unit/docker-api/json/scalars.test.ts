import { describe, expect, it } from 'vitest';
import {
  boolean,
  bytes,
  float32,
  int64,
  string,
  uint16,
  uint32,
  uint64,
} from '../../../../src/docker-api/json/scalars.ts';
import { list } from '../../../../src/docker-api/json/collections.ts';
import { reasonOf, viewOf } from './helpers.ts';

describe('a string', () => {
  it.each([
    ['""', ''],
    ['"plain é 日本 😀 \u007f\u2028"', 'plain é 日本 😀 \u007f\u2028'],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ['"\\u0041\\u00e9\\uFEFF\\u0000"', 'Aé\ufeff\u0000'],
    ['"a\\ud83d\\uDE00b"', 'a😀b'],
    ['"\\ufffd"', '\ufffd'],
  ])('%s is read with its escapes', (text, value) => {
    expect(viewOf(string, text)).toBe(value);
  });

  it.each([
    ...['"\\ud800"', '"\\udc00"', '"\\udfff\\ud800"', '"\\ud800\\ud800"', '"\\ud83d\\u0041"'],
    ...['"\\ud83dx"', '"\\ud83d\\n"'],
  ])('%s is refused: half of a surrogate pair', (text) => {
    expect(reasonOf(string, text)).toMatch(/half a surrogate pair|not valid JSON/);
  });

  it.each([
    ...['"\\x41"', '"\\u00g0"', '"\\u12"', '"\\U0041"', '"\\\'"', '"\\', '"\\u', '"open', '"'],
    ...['"a\tb"', '"a\nb"', '"\u0000"', '"\\n\u001f"', '"\\nopen', '"\\ud83d\\uzzzz"'],
  ])('%j is refused: no JSON', (text) => {
    expect(reasonOf(string, text)).toContain('holds a string that is not valid JSON');
  });

  it.each(['1', 'true', '{}', '[]', 'nul'])('is not %s', (text) => {
    expect(reasonOf(string, text)).toContain('where a string belongs');
  });
});

describe('a truth', () => {
  it('is true or false', () => {
    expect(viewOf(list(boolean), '[true,false,null]')).toEqual([true, false, false]);
  });

  it.each(['1', '"true"', 'True', '{}', 'tru'])('is not %s', (text) => {
    expect(reasonOf(boolean, text)).toContain('where true or false belongs');
  });
});

describe('an integer', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['-1', -1],
    ['9007199254740991', 9_007_199_254_740_991],
    ['-9007199254740991', -9_007_199_254_740_991],
  ])('%s is taken, exactly', (text, value) => {
    expect(viewOf(int64, text)).toBe(value);
  });

  it.each([
    ...['1.0', '1e2', '1E0', '0.5', '9007199254740992', '9007199254740993', '-9007199254740992'],
    ...['9223372036854775808', '1e400'],
  ])('%s is refused: Go refuses it, or it would be rounded', (text) => {
    expect(reasonOf(int64, text)).toContain('a number that does not fit its field');
  });

  it.each([
    ['uint16', uint16, '65535', '65536'],
    ['uint32', uint32, '4294967295', '4294967296'],
    ['uint64', uint64, '9007199254740991', '9007199254740992'],
  ])('of type %s is held to its range, and to no sign', (_, type, most, over) => {
    expect(viewOf(type, most)).toBe(Number(most));
    for (const text of [over, '-1', '-0']) expect(reasonOf(type, text)).toContain('does not fit');
  });

  it.each(['"1"', 'true', '[]', 'x'])('is not %s', (text) => {
    expect(reasonOf(int64, text)).toContain('where a number belongs');
  });

  it('is 0 where an element is null', () => {
    expect(viewOf(list(int64), '[null,7]')).toEqual([0, 7]);
  });
});

describe('a float32', () => {
  it.each([
    ['0.1', Math.fround(0.1)],
    ['1E+2', 100],
    ['-0.0', -0],
    ['16777216', 16_777_216],
    ['3.4028234e38', Math.fround(3.4028234e38)],
    ['0e-999', 0],
  ])('%s is rounded as Go rounds it', (text, value) => {
    expect(viewOf(float32, text)).toBe(value);
  });

  it.each([
    ['1e39', 'out of range'],
    ['1e400', 'out of range'],
    ['16777217', 'half-way between two floats'],
    ['1.00000005960464478', 'half-way after a first rounding'],
    ['1e-39', 'with fewer bits than others'],
    ['1e-400', 'not zero, and smaller than any'],
  ])('%s is refused: %s', (text) => {
    expect(reasonOf(float32, text)).toContain('does not fit');
  });

  it('is 0 where an element is null', () => {
    expect(viewOf(list(float32), '[null]')).toEqual([0]);
  });
});

describe('bytes', () => {
  it.each(['""', '"AA=="', '"AAE="', '"c2VjcmV0"', '"+/+/"'])('%s are base64', (text) => {
    expect(viewOf(bytes, text)).toBe(JSON.parse(text));
  });

  it.each([
    ...['"A"', '"AA"', '"AAA"', '"AB=="', '"AAB="', '"A==="', '"===="', '"AA=A"', '"A\\nAA="'],
    ...['"-_-_"', '"AAAA\\r\\n"'],
  ])('%s are refused: Go refuses it, or other texts mean the same', (text) => {
    expect(reasonOf(bytes, text)).toContain('where base64 belongs');
  });

  it('are no list of numbers, which Go would take', () => {
    expect(reasonOf(bytes, '[1,2]')).toContain('where a string belongs');
    expect(viewOf(list(bytes), '[null]')).toEqual([null]);
  });
});
