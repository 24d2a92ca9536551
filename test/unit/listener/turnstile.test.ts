import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Turnstile } from '../../../src/listener/turnstile.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TURN_MS = 10;

/** Those who wait, each of whom takes so long when its turn comes. */
function waiting(names: readonly string[]) {
  const turnstile = new Turnstile(() => Date.now());
  const went: [name: string, at: number][] = [];
  const began = Date.now();
  for (const name of names) {
    turnstile.wait(() => {
      went.push([name, Date.now() - began]);
      turnstile.rest(TURN_MS);
    });
  }
  return { turnstile, went };
}

it('lets one go at a time, in the order in which they came', () => {
  const { went } = waiting(['first', 'second', 'third']);
  vi.runAllTimers();
  expect(went.map(([name]) => name)).toEqual(['first', 'second', 'third']);
});

it('rests three times as long as a turn took', () => {
  const { went } = waiting(['first', 'second', 'third']);
  vi.runAllTimers();
  const [first = 0, second = 0, third = 0] = went.map(([, at]) => at);
  expect([second - first, third - second]).toEqual([3 * TURN_MS, 3 * TURN_MS]);
});

it('lets the next go where one whose turn came did nothing', () => {
  const turnstile = new Turnstile(() => Date.now());
  const went: string[] = [];
  turnstile.wait(() => went.push('idle'));
  turnstile.wait(() => went.push('next'));
  vi.advanceTimersByTime(5);
  expect(went).toEqual(['idle', 'next']);
});

it('keeps no timer when nobody waits', () => {
  waiting(['only']);
  vi.runAllTimers();
  expect(vi.getTimerCount()).toBe(0);
});
