import { describe, expect, it } from 'vitest';
import { list, map } from '../../../../src/docker-api/json/collections.ts';
import { readJson } from '../../../../src/docker-api/json/read.ts';
import { boolean, int64, string } from '../../../../src/docker-api/json/scalars.ts';
import { struct } from '../../../../src/docker-api/json/struct.ts';
import { reasonOf, viewOf } from './helpers.ts';

const nothing = struct({});
const strings = list(string);

describe('a document', () => {
  it.each(['', ' \n\t\r'])('is missing where there is nothing but white space: %j', (text) => {
    expect(readJson(Buffer.from(text), nothing)).toBeUndefined();
  });

  it('may have white space wherever JSON allows it', () => {
    const text = ' \t\r\n{ "A" : [ "x" , "y" ] , "B" : { } } \n';
    expect(viewOf(struct({ A: strings, B: nothing }), text)).toEqual({ A: ['x', 'y'], B: {} });
  });

  it('is the zero value where it is null', () => {
    expect(viewOf(nothing, 'null')).toEqual({});
    expect(viewOf(strings, ' null ')).toBeNull();
  });

  it.each(['{} }garbage', '{} ]', '{}{}', '{},', '{} x', 'null null', '{}\u0000', '{}\u00a0'])(
    'is refused where something follows it: %j',
    (text) => {
      expect(reasonOf(nothing, text)).toBe(
        'REQUEST_AMBIGUOUS: refused: the body goes on behind the end of the document',
      );
    },
  );

  it.each([
    ['a lone byte', [0xff]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a sequence that is cut', [0xe2, 0x82]],
    ['a character beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('is refused where it is no UTF-8: %s', (_, bytes) => {
    const text = Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')]);
    expect(reasonOf(string, text)).toContain('is not valid UTF-8');
  });

  it('is refused with a byte order mark, of UTF-8 or of UTF-16', () => {
    expect(reasonOf(nothing, '\ufeff{}')).toContain('byte order mark');
    expect(reasonOf(nothing, Buffer.from('\ufeff{}', 'utf16le'))).toContain('not valid UTF-8');
  });

  it.each([
    ...['{', '[', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{,}', '{"a" 1}', '{a:1}'],
    ...['[1,]', '[1 2]', '[,]', '{"a":1]', '[1}', '{"a":tru}', '{"a":"x}', "{'a':1}", '/**/{}'],
    ...['{"a":+1}', '{"a":01}', '{"a":.5}', '{"a":1.}', '{"a":1e}', '{"a":-}', '{"a":NaN}'],
  ])('is refused where it is no JSON: %s', (text) => {
    const type = text.startsWith('[') ? list(int64) : nothing;
    expect(reasonOf(type, text)).toMatch(/^REQUEST_AMBIGUOUS: /);
  });

  it('may be 100 levels deep and no deeper, in what is known and in what is not', () => {
    const unknown = (levels: number) => `{"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(viewOf(nothing, unknown(99))).toEqual({});
    expect(reasonOf(nothing, unknown(100))).toContain('nested more than 100 levels deep');
    const mixed = `{"x":${'{"a":['.repeat(50)}${']}'.repeat(50)}}`;
    expect(reasonOf(nothing, mixed)).toContain('nested more than 100 levels deep');
    expect(viewOf(list(list(nothing)), '[[{},{}],[{}]]')).toEqual([[{}, {}], [{}]]);
  });

  it('is told by its place, never by a value or a long key', () => {
    const type = struct({ Labels: map(strings), Flag: boolean });
    expect(reasonOf(type, '{"Labels":{"a/b~\\u001b é":["x",7]}}')).toMatch(
      /body holds something else where a string belongs \(at \/Labels\/a~1b~0\?\?\?\/1\)$/,
    );
    const long = reasonOf(type, `{"Labels":{"${'k'.repeat(1_000)}":7}}`);
    expect(long.length).toBeLessThan(250);
    expect(reasonOf(type, '{"Flag":"s3cret"}')).not.toContain('s3cret');
  });
});
