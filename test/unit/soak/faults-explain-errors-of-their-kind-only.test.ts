import { expect, it } from 'vitest';
import { judge, type Judged } from '../../../bench/soak/judge.ts';
import type { CallRecord } from '../../../bench/soak/ledger.ts';
import { Windows, type FaultKind } from '../../../bench/soak/windows.ts';

const NOBODY = new Map<string, number>();

/** A call from now on that takes a millisecond. */
function call(part: Partial<CallRecord>): CallRecord {
  const from = performance.now();
  const common = { marker: 'soak/1', kind: 'list', user: 'u', at: Date.now(), whole: true };
  return { ...common, from, to: from + 1, ...part };
}

const BAD_GATEWAY = { status: 502, wrong: 'status 502: cannot reach the daemon' };
const FULL = { status: 503, wrong: 'status 503: the audit log cannot be written' };

async function judgedDuring(fault: FaultKind, part: Partial<CallRecord>) {
  const windows = new Windows();
  let judged: Judged | undefined;
  await windows.during(fault, () => {
    judged = judge(call(part), { windows, revoked: NOBODY });
    return Promise.resolve();
  });
  return judged?.verdict;
}

const judgedInPeace = (part: Partial<CallRecord>) =>
  judge(call(part), { windows: new Windows(), revoked: NOBODY }).verdict;

it('takes a whole answer without a mistake for right', () => {
  expect(judgedInPeace({ status: 200 })).toBe('right');
});

it.each([
  ['502', BAD_GATEWAY],
  ['503', FULL],
  ['a broken answer', { status: 200, whole: false, error: 'ECONNRESET' }],
])('takes %s without a fault for a fault of the gate', (_, part) => {
  expect(judgedInPeace(part)).toBe('fault');
});

it('explains each error by its own fault, and not by the other', async () => {
  expect(await judgedDuring('daemon away', BAD_GATEWAY)).toBe('explained');
  expect(await judgedDuring('disk full', BAD_GATEWAY)).toBe('fault');
  expect(await judgedDuring('disk full', FULL)).toBe('explained');
  expect(await judgedDuring('daemon away', FULL)).toBe('fault');
});

it('explains a stream that is cut by the CA of its certificate, where the client has another one since', async () => {
  const cut = { kind: 'follow', status: 200, whole: false, error: 'stream ended' };
  const old = { ...cut, outlivesCertificate: true };
  expect(await judgedDuring('CA dropped', old)).toBe('explained');
  expect(await judgedDuring('CA dropped', cut)).toBe('fault');
  expect(await judgedDuring('disk full', old)).toBe('fault');
  expect(judgedInPeace(old)).toBe('fault');
  expect(await judgedDuring('CA dropped', { ...BAD_GATEWAY, outlivesCertificate: true })).toBe(
    'fault',
  );
});

it.each(['daemon away', 'disk full', 'CA dropped'] as const)(
  'never explains a wrong answer, or a call that hangs: %s',
  async (fault) => {
    expect(await judgedDuring(fault, { status: 200, wrong: 'other bytes' })).toBe('fault');
    expect(await judgedDuring(fault, { whole: false, error: 'hung' })).toBe('fault');
  },
);

it('leaves to the daemon only what is the daemon’s', async () => {
  const own = 'dockgate failed on this call; its own log says why';
  const during = (part: Partial<CallRecord>) => judgedDuring('daemon away', part);
  expect(await during({ status: 500, wrong: 'status 500: no such exec' })).toBe('explained');
  expect(await during({ status: 500, wrong: `status 500: ${own}` })).toBe('fault');
  expect(await during({ status: 200, whole: false, error: 'ECONNRESET' })).toBe('explained');
  expect(await during({ whole: false, error: 'ECONNRESET' })).toBe('fault');
});

it('does not explain an error by a fault that has been over for long', async () => {
  const windows = new Windows();
  await windows.during('daemon away', () => Promise.resolve());
  const from = performance.now() + 3_100;
  const late = call({ ...BAD_GATEWAY, from, to: from + 1 });
  expect(judge(late, { windows, revoked: NOBODY }).verdict).toBe('fault');
});

it('takes an answer to a revoked user for a fault, from a second on', () => {
  const windows = new Windows();
  const revoked = new Map([['u', performance.now() - 1_500]]);
  expect(judge(call({ status: 200 }), { windows, revoked }).verdict).toBe('fault');
  const refused = call({ status: 403, wrong: 'status 403: revoked' });
  expect(judge(refused, { windows, revoked }).verdict).toBe('explained');
  expect(judge(call({ status: 403 }), { windows, revoked }).verdict).toBe('right');
});
