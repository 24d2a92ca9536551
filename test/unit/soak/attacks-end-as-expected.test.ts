import { expect, it } from 'vitest';
import { together } from '../../../bench/soak/hostile/attacked.ts';
import { ATTACKS } from '../../../bench/soak/hostile/attacks.ts';
import {
  judgeEnds,
  judgeHeld,
  UNDER_WAY,
  type Expected,
} from '../../../bench/soak/hostile/expected.ts';

const MIB = 1024 ** 2;

/** Of an attack of a hundred connections. */
function judged(
  expected: Expected,
  ended: Readonly<Record<string, number>>,
  lastedMs: number | null = null,
) {
  const made = Object.values(ended).reduce((sum, count) => sum + count, 0);
  return judgeEnds(expected, { made, ended, lastedMs }, 100);
}

const STAY: Expected = { ends: ['200, still open'] };
const FLOOD: Expected = { ends: ['200'], underWay: UNDER_WAY };
const SLOW: Expected = { ends: ['closed', 'ECONNRESET'], lasted: { least: 9, most: 15 } };

it('has nothing to say of connections that end as they should', () => {
  expect(judged(STAY, { '200, still open': 100 })).toEqual([]);
  expect(judged(FLOOD, { '200': 900, 'still open': 100 })).toEqual([]);
  expect(judged(SLOW, { closed: 60, ECONNRESET: 40 }, 10_100)).toEqual([]);
});

it('names connections that stay where the gate should close them', () => {
  expect(judged(SLOW, { closed: 97, 'still open': 3 }, 10_100)).toEqual([
    '3 of 100 still open, expected none',
  ]);
});

it.each(['403', '200', 'closed', 'ECONNRESET', '503, still open'])(
  'names a single one of those that should have an answer and stay: %s',
  (how) => {
    expect(judged(STAY, { '200, still open': 99, [how]: 1 })).toEqual([
      `1 of 100 with ${how}, expected none`,
    ]);
  },
);

it('names those that have no answer, or are not let in', () => {
  expect(judged(STAY, { '200, still open': 98, 'still open': 1, 'not let in': 1 })).toEqual([
    '2 of 100 still open or not let in, expected none',
  ]);
});

it('names each way in which none should end', () => {
  expect(judged(FLOOD, { ECONNRESET: 60, '503': 40 })).toHaveLength(2);
});

it('takes it for a problem if most of a flood is under way', () => {
  expect(judged(FLOOD, { '200': 100, 'still open': 50, 'not let in': 50 })).toEqual([]);
  expect(judged(FLOOD, { '200': 99, 'still open': 50, 'not let in': 51 })).toEqual([
    '101 of 200 still open or not let in, expected 100 at the most',
  ]);
});

it('names connections that were never made', () => {
  expect(judged(STAY, { '200, still open': 99 })).toEqual(['99 made, expected 100']);
  expect(judged(STAY, {})).toEqual(['0 made, expected 100']);
});

it.each([
  ['too early', 5_000, 'lasted 5.0 s, expected 9 to 15 s'],
  ['too late', 15_100, 'lasted 15.1 s, expected 9 to 15 s'],
  ['not at all', null, 'none ended, expected 9 to 15 s'],
])('names slow ones that are closed %s', (_, lastedMs, problem) => {
  expect(judged(SLOW, { closed: 100 }, lastedMs)).toEqual([problem]);
});

it('names what is held behind an attack from three times the quiet value on', () => {
  expect(judgeHeld(48 * MIB, 16 * MIB)).toEqual([]);
  expect(judgeHeld(50 * MIB, 16 * MIB)).toEqual([
    '50.0 MiB held behind it, expected 48.0 MiB at the most',
  ]);
  expect(judgeHeld(NaN, 16 * MIB)).toHaveLength(1);
});

it('judges all processes of an attack together', () => {
  const part = (how: string) => ({ made: 50, ended: { [how]: 50 }, lastedMs: null });
  const both = (how: string) =>
    judgeEnds(STAY, together([part('200, still open'), part(how)]), 100);
  expect(both('200, still open')).toEqual([]);
  expect(both('403')).toEqual(['50 of 100 with 403, expected none']);
});

it.each(Object.entries(ATTACKS))('expects something of a gate under %s', (_, attack) => {
  const { expected, connections } = attack;
  const refused = { made: connections, ended: { '503': connections }, lastedMs: 1 };
  expect(judgeEnds(expected, refused, connections)).not.toEqual([]);
  const hung = { made: connections, ended: { 'not let in': connections }, lastedMs: null };
  expect(judgeEnds(expected, hung, connections)).not.toEqual([]);
});
