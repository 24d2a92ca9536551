import { describe, expect, it } from 'vitest';
import { narrowedTarget } from '../../../src/authorize/narrow.ts';
import { readFilters } from '../../../src/docker-api/filters.ts';
import { readOperation } from '../../../src/docker-api/operation.ts';
import { refusalOf } from '../helpers/refusal.ts';

type Added = Readonly<Record<string, readonly string[]>>;

/** The filters that the daemon reads of a list that was narrowed. */
function narrowed(query: string, added: Added): Record<string, string[]> {
  const target = query === '' ? '/v1.41/containers/json' : `/v1.41/containers/json?${query}`;
  const result = narrowedTarget(readOperation('GET', target), target, added);
  const read = readOperation('GET', result);
  expect(read.query.all('filters')).toHaveLength(1);
  return Object.fromEntries([...readFilters(read.query)].map(([key, set]) => [key, [...set]]));
}

const filters = (value: unknown): string => `filters=${encodeURIComponent(JSON.stringify(value))}`;

describe('a list that is narrowed', () => {
  it('gets the filters of the policy where the client has none', () => {
    expect(narrowed('', { label: ['team=a'] })).toEqual({ label: ['team=a'] });
    expect(narrowed('all=1', { name: ['^/?web$'] })).toEqual({ name: ['^/?web$'] });
  });

  it.each([
    ['the newer form', { label: { x: true, y: false } }],
    ['the older form', { label: ['x', 'y'] }],
  ])('keeps those of the client, labels adding up: %s', (_, given) => {
    const result = narrowed(`all=1&${filters(given)}&limit=3`, { label: ['team=a'] });
    expect(result).toEqual({ label: ['x', 'y', 'team=a'] });
  });

  it('gets them in place of every filter parameter, in whatever spelling', () => {
    const query = `${filters({ label: ['x'] })}&%66ilters=${encodeURIComponent('{"status":["dead"]}')}`;
    const result = narrowed(query, { label: ['team=a'] });
    expect(result).toEqual({ label: ['x', 'team=a'] });
  });

  it('is refused where the client filters by the same and asks for more than it may see', () => {
    const query = filters({ name: ['db'] });
    const error = refusalOf(() => narrowed(query, { name: ['^/?web$'] }));
    expect(error).toMatchObject({ code: 'POLICY_REFUSED' });
    expect(narrowed(filters({ name: ['b'] }), { name: ['a', 'b'] })).toEqual({ name: ['b'] });
  });

  it('is never narrowed by nothing, which the daemon takes for everything', () => {
    expect(() => narrowed('', { name: [] })).toThrow('no values');
  });

  it('carries values that mean something in JSON and in queries', () => {
    const odd = 'a="b"&c=d é;%';
    expect(narrowed('', { label: [odd] })).toEqual({ label: [odd] });
  });
});
