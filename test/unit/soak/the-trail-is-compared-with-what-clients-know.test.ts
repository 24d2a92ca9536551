import { expect, it } from 'vitest';
import type { CallRecord } from '../../../bench/soak/ledger.ts';
import { compare, type Trail } from '../../../bench/soak/trail.ts';
import { Windows, type FaultKind } from '../../../bench/soak/windows.ts';

type Line = Trail['calls'][number];

const NOTHING = { reloads: [], refusals: [], verified: { code: 0, text: 'ok' } };
const NOBODY = new Map<string, number>();
const NONE = new Map<string, string | undefined>();

function record(part: Partial<CallRecord> = {}): CallRecord {
  const from = performance.now();
  const common = { marker: 'soak/1', kind: 'follow', user: 'u', at: Date.now(), whole: true };
  return { ...common, from, to: from + 1, status: 200, ...part };
}

function line(part: Partial<Line> = {}): Line {
  const common = { event: 'call', time: new Date().toISOString(), user: 'u', status: 200 };
  return { ...common, user_agent: 'soak/1', end: 'complete', ...part };
}

interface Case {
  readonly records?: readonly CallRecord[];
  readonly calls?: readonly Line[];
  readonly gaps?: readonly Line[];
  readonly marked?: ReadonlyMap<string, string | undefined>;
  readonly windows?: Windows;
  readonly revoked?: ReadonlyMap<string, number>;
}

function faultsOf({ records = [], calls = [], gaps = [], ...more }: Case): readonly string[] {
  const { marked = NONE, windows = new Windows(), revoked = NOBODY } = more;
  return compare(records, marked, { ...NOTHING, calls, gaps }, { windows, revoked }).faults;
}

async function after(fault: FaultKind): Promise<Windows> {
  const windows = new Windows();
  await windows.during(fault, () => Promise.resolve());
  return windows;
}

it('finds each answered call once', () => {
  const records = [record()];
  expect(faultsOf({ records, calls: [line()] })).toEqual([]);
  expect(faultsOf({ records })).toHaveLength(1);
  expect(faultsOf({ records, calls: [line(), line()] })).toHaveLength(1);
  expect(faultsOf({ records, calls: [line({ user: 'v' })] })).toHaveLength(1);
  expect(faultsOf({ records, calls: [line({ status: 500 })] })).toHaveLength(1);
});

it('lets a call be missing that ended in a gap, and no other', () => {
  const at = Date.now();
  const gap = (from: number, to: number): Line =>
    line({
      ...{ event: 'gap', lost: 1 },
      ...{ since: new Date(at + from).toISOString(), until: new Date(at + to).toISOString() },
    });
  const records = [record({ at })];
  expect(faultsOf({ records, gaps: [gap(-1_000, 1_000)] })).toEqual([]);
  expect(faultsOf({ records, gaps: [gap(-2_000, -1_000)] })).toHaveLength(1);
  expect(faultsOf({ records, gaps: [gap(1_000, 2_000)] })).toHaveLength(1);
  const long = record({ at });
  long.to = long.from + 5_000;
  expect(faultsOf({ records: [long], gaps: [gap(-1_000, 1_000)] })).toHaveLength(1);
});

const cut = { whole: false, error: 'stream ended' };
const CUT = line({ end: 'certificate-ended' });

it('has a call cut whose certificate was replaced and is worth nothing since, and no other', async () => {
  const windows = await after('CA dropped');
  const old = [record({ ...cut, outlivesCertificate: true })];
  expect(faultsOf({ records: old, calls: [CUT], windows })).toEqual([]);
  expect(faultsOf({ records: old, calls: [line()], windows })).toHaveLength(1);
  expect(faultsOf({ records: old, calls: [CUT] })).toHaveLength(1);
  expect(faultsOf({ records: [record(cut)], calls: [CUT], windows })).toHaveLength(1);
});

it('has to have a line of such a call even where there was no answer', async () => {
  const windows = await after('CA dropped');
  const unanswered = record({ ...cut, outlivesCertificate: true });
  delete unanswered.status;
  expect(faultsOf({ records: [unanswered], windows })).toHaveLength(1);
});

it('has a revoked user cut once that is so, and not before', async () => {
  const revoked = new Map([['u', performance.now()]]);
  const windows = await after('revoked');
  expect(faultsOf({ records: [record(cut)], calls: [CUT], windows, revoked })).toEqual([]);
  const early = record(cut);
  early.to = early.from - 1_000;
  expect(faultsOf({ records: [early], calls: [CUT], windows, revoked })).toHaveLength(1);
  expect(faultsOf({ records: [record(cut)], calls: [CUT], windows })).toHaveLength(1);
});

it('wants one line of each call that is marked, with the end that it has to have', () => {
  const marked = new Map([['soak/1', 'certificate-ended']]);
  expect(faultsOf({ marked, calls: [CUT] })).toEqual([]);
  expect(faultsOf({ marked, calls: [line()] })).toHaveLength(1);
  expect(faultsOf({ marked, calls: [CUT, CUT] })).toHaveLength(1);
  expect(faultsOf({ marked })).toHaveLength(1);
  expect(faultsOf({ marked: new Map([['soak/1', undefined]]), calls: [line()] })).toEqual([]);
});
