import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readFilters } from '../../../src/docker-api/filters.ts';
import { boolValue, parseInt64, swarmFlag } from '../../../src/docker-api/form.ts';
import { readOperation } from '../../../src/docker-api/operation.ts';
import { Query } from '../../../src/docker-api/query.ts';
import { CallError } from '../../../src/errors.ts';
import { buildGo, goIsMissing } from '../../support/go.ts';
import { readByGo, type GoParameter } from '../../support/query/go-query.ts';
import { anyQuery, KEYS } from '../../support/query/queries.ts';

const QUERIES = 5_000;
const SEED = 20_251_124;
/** Compiling takes a cold cache some time. */
const COMPILE_MS = 120_000;

/** One of the ways to read a parameter, as text that can be compared; undefined where refused. */
type Reader = (query: Query, key: string) => string | undefined;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const sorted = (values: Iterable<string>) =>
  [...values].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

function asText(filters: Iterable<readonly [string, Iterable<string>]>): string {
  const entries = Array.from(filters, ([name, values]) => [name, sorted(values)] as const);
  const names = sorted(entries.map(([name]) => name));
  return JSON.stringify(names.map((name) => entries.find(([other]) => other === name)));
}

/** What we read. An error of the daemon's counts as a reading: it is `error`. */
const OURS: Readonly<Record<string, Reader>> = {
  values: (query, key) => query.all(key).map(base64).join(),
  present: (query, key) => String(query.has(key)),
  bool: (query, key) => String(boolValue(query, key)),
  parsed: (query, key) => {
    // An empty flag is false to the daemon before it is parsed, so it is no error there.
    if ((query.first(key) ?? '') === '') return 'error';
    return String(swarmFlag(query, key) ?? 'error');
  },
  int: (query, key) => String(parseInt64(query.first(key) ?? '') ?? 'error'),
  filters: (query, key) => {
    const value = query.first(key) ?? '';
    return asText(readFilters(new Query(`filters=${encodeURIComponent(value)}`)));
  },
};

function goReading(what: string, go: GoParameter): string {
  switch (what) {
    case 'values':
      return go.values.join();
    case 'filters':
      return go.filters === null ? 'error' : asText(Object.entries(go.filters));
    default:
      return String(go[what as 'present' | 'bool' | 'parsed' | 'int']);
  }
}

interface Tally {
  /** Parameters that are there, and how many of them we read. */
  present: number;
  accepted: number;
  readonly different: string[];
}

/** Compares what `reader` reads with what Go read, wherever it reads anything. */
function compare(
  what: string,
  reader: (raw: string, key: string) => string | undefined,
  queries: readonly string[],
  go: ReturnType<typeof readByGo>,
): Tally {
  const tally: Tally = { present: 0, accepted: 0, different: [] };
  for (const [at, raw] of queries.entries()) {
    for (const key of what === 'filters' ? ['filters'] : KEYS) {
      const theirs = go[at]?.[key];
      const present = theirs === undefined || theirs.present;
      if (present) tally.present += 1;
      const read = reader(raw, key);
      if (read === undefined) continue;
      if (present) tally.accepted += 1;
      const expected = theirs === undefined ? 'error' : goReading(what, theirs);
      if (read !== expected) {
        tally.different.push(`${raw} [${key}]: we read ${read}, Go reads ${expected}`);
      }
    }
  }
  return tally;
}

/** As the gate does it: the target first, with everything that it refuses. */
function oursOf(what: string): (raw: string, key: string) => string | undefined {
  const read = OURS[what];
  return (raw, key) => {
    try {
      return read?.(readOperation('GET', `/info?${raw}`).query, key);
    } catch (error) {
      if (error instanceof CallError) return undefined;
      throw error;
    }
  };
}

describe.skipIf(goIsMissing('how it reads queries') !== undefined)(
  `${QUERIES} queries of seed ${SEED}`,
  () => {
    const queries = fc.sample(anyQuery, { seed: SEED, numRuns: QUERIES });
    let go: ReturnType<typeof readByGo>;

    beforeAll(async () => {
      console.log(`seed of the queries: ${SEED}`);
      go = readByGo(await buildGo('go-query'), KEYS, queries);
    }, COMPILE_MS);

    it.each(Object.keys(OURS))('are read as Go reads them or refused: %s', (what) => {
      expect(go).toHaveLength(QUERIES);
      const { present, accepted, different } = compare(what, oursOf(what), queries, go);
      expect(different).toEqual([]);
      const share = accepted / present;
      console.log(
        `${what}: of ${present}, ${Math.round(share * 100)} % read alike, others refused`,
      );
      expect(share).toBeGreaterThan(0.3);
    });

    it('hold filters of both shapes that are read, and mistakes that are not', () => {
      const shapes = { set: 0, list: 0, refused: 0 };
      for (const raw of queries) {
        const [, value] = /(?:^|&)filters=([^&]+)/.exec(raw) ?? [];
        if (value === undefined) continue;
        const text = oursOf('filters')(`filters=${value}`, 'filters');
        if (text === undefined) shapes.refused += 1;
        else if (/%5b|\[/i.test(value)) shapes.list += 1;
        else shapes.set += 1;
      }
      for (const count of Object.values(shapes)) expect(count).toBeGreaterThan(200);
    });

    it('would be read differently with URLSearchParams and JSON.parse', () => {
      const values = (raw: string, key: string) =>
        new URLSearchParams(raw).getAll(key).map(base64).join();
      expect(compare('values', values, queries, go).different.length).toBeGreaterThan(50);
      const filters = (raw: string, key: string) => {
        try {
          const read = JSON.parse(new URLSearchParams(raw).get(key) ?? '') as Record<
            string,
            object
          >;
          return asText(
            Object.entries(read).map(([name, set]) => [
              name,
              Array.isArray(set) ? (set as string[]) : Object.keys(set),
            ]),
          );
        } catch {
          return undefined;
        }
      };
      expect(compare('filters', filters, queries, go).different.length).toBeGreaterThan(50);
    });
  },
);
