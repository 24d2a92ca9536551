import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../src/listener/rate.ts';
import { PROPERTY } from '../helpers/property.ts';

const PEER = '192.0.2.7';

/** A limit of `burst` in 1,000 ms, and its clock. */
function limited(burst: number) {
  const clock = { now: 5_000 };
  return { clock, limit: new RateLimit(burst, 1_000, () => clock.now) };
}

describe('RateLimit', () => {
  it('lets the first burst through and nothing more in the same window', () => {
    const { limit } = limited(2);
    expect([limit.take(PEER), limit.take(PEER), limit.take(PEER), limit.take(PEER)]).toEqual([
      0,
      0,
      undefined,
      undefined,
    ]);
  });

  it('tells the first event of the next window how many were suppressed, once', () => {
    const { clock, limit } = limited(1);
    limit.take(PEER);
    limit.take(PEER);
    limit.take(PEER);
    clock.now += 1_000;
    expect(limit.take(PEER)).toBe(2);
    clock.now += 1_000;
    expect(limit.take(PEER)).toBe(0);
  });

  it('opens no new window a moment too early', () => {
    const { clock, limit } = limited(1);
    limit.take(PEER);
    clock.now += 999;
    expect(limit.take(PEER)).toBeUndefined();
    clock.now += 1;
    expect(limit.take(PEER)).toBe(1);
  });

  it('gives up what it counted to whoever drains it', () => {
    const { clock, limit } = limited(1);
    limit.take(PEER);
    limit.take(PEER);
    expect(limit.drain()).toBe(1);
    expect(limit.drain()).toBe(0);
    clock.now += 1_000;
    expect(limit.take(PEER)).toBe(0);
  });

  it('starts at once, whatever the clock shows', () => {
    for (const now of [0, -1e9, 1e12]) expect(new RateLimit(1, 10, () => now).take(PEER)).toBe(0);
  });

  it('does not let a flood from one source hide another', () => {
    const { limit } = limited(1);
    for (let at = 0; at < 100; at += 1) limit.take(PEER);
    expect(limit.take('192.0.2.8')).toBe(99);
    expect(limit.take('192.0.2.8')).toBeUndefined();
  });

  it('gives one allowance to all sources beyond the first thousand, and a new one in time', () => {
    const { clock, limit } = limited(1);
    for (let at = 0; at < 1_000; at += 1) expect(limit.take(`known ${at}`)).toBe(0);
    expect(limit.take('one more')).toBe(0);
    expect(limit.take('another')).toBeUndefined();
    expect(limit.take('known 7')).toBeUndefined();
    clock.now += 1_000;
    expect(limit.take('another')).toBe(2);
  });

  it('loses no event: what passed and what was told to be suppressed is all there was', () => {
    const steps = fc.array(fc.nat({ max: 600 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), steps, (burst, times) => {
        const { clock, limit } = limited(burst);
        let told = 0;
        for (const ms of times) {
          clock.now += ms;
          const suppressed = limit.take(PEER);
          if (suppressed !== undefined) told += 1 + suppressed;
        }
        expect(told + limit.drain()).toBe(times.length);
      }),
      PROPERTY,
    );
  });
});
