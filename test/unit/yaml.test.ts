import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/yaml.ts';

describe('the place of a value', () => {
  const document = readDocument('a:\n  - b: 1\n  - *x\n'.replace('*x', '2'));

  it.each([
    [[], 1, 1],
    [['a'], 1, 1],
    [['a', 0], 2, 5],
    [['a', 0, 'b'], 2, 5],
    [['a', 1], 3, 5],
    [['a', 7, 'b'], 1, 1],
    [['a', 1, 'deeper'], 3, 5],
    [['odd'], 1, 1],
  ])('%j is that, or the nearest around it', (path, line, column) => {
    expect(document.locate(path)).toEqual({ line, column });
  });

  it('in nothing is the beginning', () => {
    expect(readDocument('').locate(['a'])).toEqual({ line: 1, column: 1 });
  });
});
