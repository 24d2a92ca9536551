import { describe, expect, it } from 'vitest';
import { CallMeter, type EndedCall } from '../../../src/monitor/call-meter.ts';
import { BOUNDS, Histogram } from '../../../src/monitor/histogram.ts';
import { certificateProblem } from '../../../src/monitor/readiness.ts';

const CALL: EndedCall = {
  ...{ action: 'system.ping', effect: 'meta', decision: 'none', status: 200 },
  ...{ bytesIn: 1, bytesOut: 2, gateSeconds: 0.002, daemonSeconds: 0.004 },
};

describe('a meter of calls', () => {
  it('adds up what is the same, and keeps apart what is not', () => {
    const meter = new CallMeter();
    meter.ended(CALL);
    meter.ended(CALL);
    meter.ended({ ...CALL, decision: 'deny', status: 403 });
    meter.ended({ ...CALL, status: 0 });
    meter.ended({ ...CALL, status: 101 });
    meter.ended({ ...CALL, status: 999 });
    expect([...meter.calls()]).toEqual([
      { action: 'system.ping', decision: 'none', status: 'none', count: 2 },
      { action: 'system.ping', decision: 'none', status: '1xx', count: 1 },
      { action: 'system.ping', decision: 'none', status: '2xx', count: 2 },
      { action: 'system.ping', decision: 'deny', status: '4xx', count: 1 },
    ]);
    expect([meter.bytesIn, meter.bytesOut]).toEqual([6, 12]);
  });

  it('counts no time of the daemon where it was not asked', () => {
    const meter = new CallMeter();
    meter.ended({ ...CALL, action: undefined, effect: undefined, daemonSeconds: undefined });
    expect([...meter.seconds()].map(({ part, effect }) => [part, effect])).toEqual([
      ['gate', 'unread'],
    ]);
  });
});

describe('a histogram', () => {
  it('counts up to a bound, that one included, and everything at the end', () => {
    const histogram = new Histogram();
    for (const seconds of [0, 0.0001, 0.00011, 30, 31]) histogram.observe(seconds);
    const counts = histogram.cumulative();
    expect(counts).toHaveLength(BOUNDS.length + 1);
    expect(counts[0]).toEqual({ le: 0.0001, count: 2 });
    expect(counts[1]).toEqual({ le: 0.00025, count: 3 });
    expect(counts.at(-2)).toEqual({ le: 30, count: 4 });
    expect(counts.at(-1)).toEqual({ le: '+Inf', count: 5 });
    expect(histogram.sum).toBeCloseTo(61.00021);
  });
});

describe('the certificates of a gate', () => {
  const at = (from: string, to: string) => ({ validFrom: from, validTo: to });
  const GOOD = at('2026-01-01', '2027-01-01');
  const now = Date.parse('2026-06-01');

  it.each([
    [GOOD, [GOOD], undefined],
    [GOOD, [at('2020-01-01', '2021-01-01'), GOOD], undefined],
    [at('2020-01-01', '2021-01-01'), [GOOD], 'the server certificate has expired'],
    [at('2027-01-01', '2028-01-01'), [GOOD], 'the server certificate is not valid yet'],
    [at('2020-01-01', 'never'), [GOOD], 'the server certificate has expired'],
    [GOOD, [at('2020-01-01', '2021-01-01')], 'no certificate of a CA is valid'],
    [GOOD, [], 'no certificate of a CA is valid'],
  ])('%o under %o: %s', (server, authorities, problem) => {
    expect(certificateProblem(server, authorities, now)).toBe(problem);
  });
});
