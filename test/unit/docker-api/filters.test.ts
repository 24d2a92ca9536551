import { describe, expect, it } from 'vitest';
import { readFilters } from '../../../src/docker-api/filters.ts';
import { Query } from '../../../src/docker-api/query.ts';
import { refusalOf } from '../helpers/refusal.ts';

const of = (filters: string) => new Query(`filters=${encodeURIComponent(filters)}`);
const read = (filters: string) =>
  Array.from(readFilters(of(filters)), ([name, values]) => [name, [...values]]);

describe('filters', () => {
  it.each([
    ['', []],
    ['{}', []],
    [' null ', []],
    ['{"label":{"a":true,"b=c":true}}', [['label', ['a', 'b=c']]]],
    ['{"label":{"a":false}}', [['label', ['a']]]],
    ['{"label":["a","b","a"]}', [['label', ['a', 'b']]]],
    ['{"label":{}}', [['label', []]]],
    ['{"label":[]}', [['label', []]]],
    [
      '{"label":{"a":true},"Label":{"a":true}}',
      [
        ['label', ['a']],
        ['Label', ['a']],
      ],
    ],
    [String.raw`{"l\u0061bel":["\u0061"]}`, [['label', ['a']]]],
    ['{"__proto__":["x"]}', [['__proto__', ['x']]]],
  ])('written %s are %o', (filters, value) => {
    expect(read(filters)).toEqual(value);
  });

  it('are the first of their parameter, and none where it is absent', () => {
    expect([...readFilters(new Query(''))]).toEqual([]);
    expect([...readFilters(new Query('filters=&filters={"a":["b"]}'))]).toEqual([]);
    expect([...readFilters(new Query('Filters={"a":["b"]}'))]).toEqual([]);
  });

  it.each([
    ...[' ', 'x', '[]', '"a"', '1', 'true', '{"a":1}', '{"a":"b"}', '{"a":true}', '{"a":null}'],
    ...['{"a":{"b":1}}', '{"a":{"b":null}}', '{"a":{"b":{}}}', '{"a":[1]}', '{"a":[null]}'],
    ...['{"a":["b"],"c":{"d":true}}', '{"a":{},"b":[]}', '{"a":{"b":true}}x', '{"a":[["b"]]}'],
    ...['{"a":{"b":true},"a":{"c":true}}', '{"a":{"b":true,"b":false}}', '{"a":["\\ud800"]}'],
  ])('written %s are refused', (filters) => {
    expect(refusalOf(() => readFilters(of(filters)))).toMatchObject({
      code: 'REQUEST_AMBIGUOUS',
      message: expect.stringContaining('"filters"') as string,
    });
  });

  it('are refused where they are no UTF-8', () => {
    const query = new Query('filters={"label":["%ff"]}');
    expect(refusalOf(() => readFilters(query)).code).toBe('REQUEST_AMBIGUOUS');
  });
});
