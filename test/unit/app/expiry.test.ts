import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { daily, Expiry } from '../../../src/app/expiry.ts';
import type { Log } from '../../../src/app/log.ts';
import { createThrowawayCa, type Issued, type ThrowawayCa } from '../../support/throwaway-ca.ts';
import { ALICE } from '../helpers/exchange.ts';

const DAY = 86_400_000;
const END = Date.UTC(2030, 0, 1);

let ca: ThrowawayCa;
let server: Issued;

beforeAll(async () => {
  ca = await createThrowawayCa({ notAfter: new Date(END + 365 * DAY) });
  server = await ca.server({ notAfter: new Date(END) });
});

/** What is said `days` days before the server's certificate and alice's end. */
function said(
  days: number,
  { seen = false, isGood = true, identity = { ...ALICE.identity, notAfter: END } } = {},
) {
  const lines: string[] = [];
  const note = (level: string) => (_: unknown, message?: string) => {
    lines.push(`${level}: ${message ?? ''}`);
  };
  const log = { error: note('error'), warn: note('warn') } as unknown as Log;
  const expiry = new Expiry({
    log,
    now: () => END - days * DAY,
    material: () => ({
      server: server.certificate,
      trust: {
        trusted: [ca.certificate],
        own: [],
        ask: () => undefined,
        revoked: new Map(),
        supersededAt: new Map(),
      },
    }),
    isGood: () => isGood,
  });
  if (seen) expiry.seen(identity);
  const atOnce = lines.splice(0);
  expiry.check();
  return { atOnce, lines };
}

describe('Expiry', () => {
  it('forgets certificates that are worth nothing while others come', () => {
    const asked = new Set<string>();
    const expiry = new Expiry({
      log: {} as Log,
      now: () => END - 365 * DAY,
      material: () => {
        throw new Error('not asked for');
      },
      isGood: ({ user, fingerprint }) => {
        asked.add(fingerprint);
        return user === 'good';
      },
    });
    const others = Array.from({ length: 1_000 }, (_, at) => ({
      ...{ ...ALICE.identity, user: 'gone', notAfter: END, fingerprint: String(at) },
    }));
    const good = { ...ALICE.identity, user: 'good', notAfter: END };
    expiry.seen(good);
    for (const identity of others) expiry.seen(identity);
    asked.clear();
    expect(expiry.clients()).toEqual([good]);
    expect(asked.size).toBeLessThan(100);
  });

  it.each([
    ['minutes, as one for "dockgate health" is,', 5 * 60_000, 5 * 60_000, 0],
    ['minutes, of which few are left,', 9 * 60_000, 60_000, 1],
    ['a day, of which half is left,', DAY / 2, DAY / 2, 0],
    ['a day, of which a quarter is left,', (DAY * 3) / 4, DAY / 4, 1],
  ])('of a client certificate for %s it speaks only near its end', (_, past, left, times) => {
    const identity = { ...ALICE.identity, notBefore: END - past - left, notAfter: END };
    expect(said(left / DAY, { seen: true, identity }).atOnce).toHaveLength(times);
  });

  it('says nothing while there are more than 30 days', () => {
    expect(said(31).lines).toEqual([]);
  });

  it.each([
    [30, 'warn: the server certificate expires in 30 days; run "dockgate server renew"'],
    [7, 'warn: the server certificate expires in 7 days; run "dockgate server renew"'],
    [1, 'error: the server certificate expires in 1 day; run "dockgate server renew"'],
    [-1, 'error: the server certificate has expired; run "dockgate server renew"'],
  ])('with %d days left it says so', (days, line) => {
    expect(said(days).lines).toEqual([line]);
  });

  it('speaks of the CA too', () => {
    const { lines } = said(-360);
    expect(lines).toContain(
      'warn: the CA certificate expires in 5 days; see "dockgate ca rotate" for a successor',
    );
  });

  it('speaks of a client when it is seen first, and then daily', () => {
    const line =
      'warn: the client certificate of alice expires in 7 days; run "dockgate client renew alice"';
    expect(said(7, { seen: true })).toMatchObject({ atOnce: [line] });
    expect(said(7, { seen: true }).lines).toContain(line);
  });

  it('forgets a client whose certificate is worth nothing any more', () => {
    expect(said(7, { seen: true, isGood: false }).lines.join()).not.toContain('alice');
  });
});

describe('daily', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('calls once a day by the clock that it is given, and not after it was stopped', () => {
    let calls = 0;
    const stop = daily(() => (calls += 1), Date.now);
    vi.advanceTimersByTime(DAY - 1);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(2 * DAY);
    expect(calls).toBe(2);
    stop();
    vi.advanceTimersByTime(3 * DAY);
    expect(calls).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});
