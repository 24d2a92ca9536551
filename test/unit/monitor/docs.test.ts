import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTAINER_SERIES } from '../../../src/monitor/containers/readings.ts';
import { SERIES } from '../../../src/monitor/series.ts';

const text = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

/** The rows of both tables: name → kind, labels, meaning. */
const rows = new Map(
  [...text.matchAll(/^\| `((?:dockgate|container)_\w+)`(.*)\|$/gm)].map(
    ([, name = '', rest = '']) => [
      name,
      rest
        .split('|')
        .slice(1)
        .map((cell) => cell.trim()),
    ],
  ),
);

describe('docs/metrics.md', () => {
  it.each(Object.entries({ ...SERIES, ...CONTAINER_SERIES }))(
    'tells of %s what the code does',
    (name, [kind, help, labels]) => {
      expect(rows.get(name)).toEqual([
        kind,
        labels.map((label) => `\`${label}\``).join(', '),
        help,
      ]);
    },
  );

  it('tells of no series that is not there', () => {
    const known = Object.keys({ ...SERIES, ...CONTAINER_SERIES });
    expect([...rows.keys()].filter((name) => !known.includes(name))).toEqual([]);
  });
});
