import { describe, expect, it } from 'vitest';
import {
  list,
  map,
  pointer,
  strSlice,
  tuple,
} from '../../../../src/docker-api/json/collections.ts';
import { int64, string, uint64 } from '../../../../src/docker-api/json/scalars.ts';
import { struct } from '../../../../src/docker-api/json/struct.ts';
import { reasonOf, viewOf } from './helpers.ts';

describe('a list', () => {
  it('makes the zero value of a null in it, nil of pointers, lists and maps', () => {
    expect(viewOf(list(string), '["a",null]')).toEqual(['a', '']);
    expect(viewOf(list(struct({ A: string })), '[null,{"A":"x"}]')).toEqual([{}, { A: 'x' }]);
    expect(viewOf(list(pointer(struct({}))), '[null,{}]')).toEqual([null, {}]);
    expect(viewOf(list(list(string)), '[null,[],["a"]]')).toEqual([null, [], ['a']]);
    expect(viewOf(list(map(string)), '[null]')).toEqual([null]);
  });

  it.each(['{}', '"a"', '1', 'true'])('is not %s', (text) => {
    expect(reasonOf(list(string), text)).toContain('where a list belongs');
  });
});

describe('a map', () => {
  const labels = map(string);

  it('takes its keys as they are', () => {
    expect(viewOf(labels, '{"A":"1","a":"2","\\u0061b":"3","":"4","é":"5","ſ":null}')).toEqual({
      A: '1',
      a: '2',
      ab: '3',
      '': '4',
      é: '5',
      ſ: '',
    });
  });

  it('has no key that JavaScript put there, and takes such names for keys', () => {
    const view = viewOf(labels, '{"__proto__":"x","constructor":"y"}') ?? {};
    expect(Object.entries(view)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect('toString' in view).toBe(false);
    expect(Object.getPrototypeOf(viewOf(labels, '{}'))).toBeNull();
  });

  it.each(['{"a":"1","a":"1"}', '{"a":"1","\\u0061":"2"}', '{"__proto__":"","__proto__":""}'])(
    'is refused with a key that comes twice: %s',
    (text) => {
      expect(reasonOf(labels, text)).toContain('holds a key twice');
    },
  );

  it('is refused with two keys that a newer daemon takes for one', () => {
    const type = map(string, (key) => key.toLowerCase());
    expect(viewOf(type, '{"a":"1","B":"2"}')).toEqual({ a: '1', B: '2' });
    expect(reasonOf(type, '{"a":"1","A":"2"}')).toContain('holds a key twice');
  });

  it.each(['[]', '"a"', '1'])('is not %s', (text) => {
    expect(reasonOf(labels, text)).toContain('where an object belongs');
  });
});

describe('an array of fixed length', () => {
  it('has that length', () => {
    expect(viewOf(tuple(2, uint64), '[24,80]')).toEqual([24, 80]);
    for (const text of ['[]', '[1]', '[1,2,3]']) {
      expect(reasonOf(tuple(2, uint64), text)).toContain('a length other than 2');
    }
    expect(viewOf(list(tuple(2, int64)), '[null]')).toEqual([[0, 0]]);
  });
});

describe('a list of strings that may be one string', () => {
  it('is a list either way', () => {
    expect(viewOf(strSlice, '"sh"')).toEqual(['sh']);
    expect(viewOf(strSlice, '["sh","-c"]')).toEqual(['sh', '-c']);
    expect(viewOf(list(strSlice), '[null,[]]')).toEqual([null, []]);
    expect(reasonOf(strSlice, '1')).toContain('where a list belongs');
    expect(reasonOf(strSlice, '["sh",1]')).toContain('where a string belongs (at /1)');
  });
});
