import { beforeAll, describe, expect, it } from 'vitest';
import { checkClock } from '../../../src/doctor/clock.ts';
import { checkExpiry } from '../../../src/doctor/expiry.ts';
import { createThrowawayCa, type Issued } from '../../support/throwaway-ca.ts';

const DAY = 86_400_000;
const BEGIN = Date.parse('2030-01-01T00:00:00Z');
const END = Date.parse('2030-12-31T00:00:00Z');
let leaf: Issued;

beforeAll(async () => {
  const ca = await createThrowawayCa();
  leaf = await ca.server({ notBefore: new Date(BEGIN), notAfter: new Date(END) });
});

describe('expiry', () => {
  const at = (now: number) => checkExpiry('server ends', leaf.certificate, now, 'renew it');

  it.each([
    ['ok', 31 * DAY, 'until 2030-12-31, 31 days left'],
    ['warning', 30 * DAY, 'until 2030-12-31, 30 days left'],
    ['warning', 8 * DAY, 'until 2030-12-31, 8 days left'],
    ['failed', 7 * DAY, 'until 2030-12-31, 7 days left'],
    ['failed', DAY, 'until 2030-12-31, 24 hours left'],
    ['failed', 0, 'expired on 2030-12-31'],
    ['failed', -DAY, 'expired on 2030-12-31'],
  ])('is %s with %d ms left', (state, left, found) => {
    expect(at(END - left)).toMatchObject({ state, found });
  });

  it('gives the command, the more urgently the later it is', () => {
    expect(at(END - 31 * DAY).fix).toBeUndefined();
    expect(at(END - 20 * DAY).fix).toBe('renew it');
    expect(at(END - DAY / 2).fix).toBe('today: renew it');
    expect(at(END + 1).fix).toBe('now: renew it');
  });

  it('fails before the beginning, and blames the clock', () => {
    const check = at(BEGIN - 60_000);
    expect(check.state).toBe('failed');
    expect(check.found).toContain('not valid before 2030-01-01');
    expect(check.fix).toContain('timedatectl');
  });
});

describe('clock', () => {
  const now = BEGIN + DAY;
  const apart = (ms: number) =>
    checkClock(now, { whose: 'the daemon', time: now - ms, ours: now }, [leaf.certificate]);

  it.each([
    [900, 'ok', '0 s apart from the daemon'],
    [-20_000, 'ok', '20 s apart'],
    [-31_000, 'warning', '31 s apart'],
    [299_000, 'warning', '5 min apart'],
    [3_600_000, 'failed', '60 min apart'],
  ])('with %d ms between is %s', (ms, state, found) => {
    const check = apart(ms);
    expect(check.state).toBe(state);
    expect(check.found).toContain(found);
  });

  it('fails where a certificate is from the future', () => {
    expect(checkClock(BEGIN - 1, undefined, [leaf.certificate])).toMatchObject({ state: 'failed' });
  });

  it('is not checked where there is nothing to compare with', () => {
    expect(checkClock(now, undefined, [])).toMatchObject({ state: 'skipped' });
  });
});
