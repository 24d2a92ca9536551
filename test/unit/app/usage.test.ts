import { describe, expect, it } from 'vitest';
import { Usage, type Allowance } from '../../../src/app/usage.ts';
import type { CallTrail } from '../../../src/audit/trail.ts';
import { readOperation, type Operation } from '../../../src/docker-api/operation.ts';
import { refusalOf } from '../helpers/refusal.ts';

const INFO = readOperation('GET', '/info');
const LOGS = readOperation('GET', '/containers/x/logs');
const BUILD = readOperation('POST', '/build');
const SESSION = readOperation('POST', '/session');

const NOTHING: CallTrail = {
  understood: () => undefined,
  body: () => undefined,
  target: () => undefined,
  decided: () => undefined,
  intend: () => undefined,
  answered: () => undefined,
  close: () => undefined,
  exited: () => undefined,
};

/** A gate's usage with a clock, and calls of whoever. */
function scene(allowance: Omit<Allowance, 'holder' | 'key'>) {
  let now = 0;
  const usage = new Usage(() => now);
  const noted: string[] = [];
  const call = (operation: Operation = INFO, holder = 'user alice') => {
    const page: CallTrail = {
      understood: () => noted.push('understood'),
      target: () => noted.push('target'),
      body: () => noted.push('body'),
      exited: () => noted.push('exited'),
      answered: () => noted.push('answered'),
      decided: () => noted.push('decided'),
      intend: () => {
        noted.push('intend');
        return undefined;
      },
      close: () => noted.push('close'),
    };
    const tracked = usage.track(page, () => [{ ...allowance, key: holder, holder }]);
    tracked.understood(operation);
    return {
      end: () => {
        tracked.close({ status: 200, bytesIn: 0, bytesOut: 0, end: 'complete' });
      },
      tracked,
    };
  };
  return {
    call,
    noted,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('an allowance', () => {
  it('of calls a second lets a second of them come at once, and no more until time has passed', () => {
    const { call, pass } = scene({ callsPerSecond: 3 });
    for (let at = 0; at < 3; at += 1) call().end();
    const error = refusalOf(() => call());
    expect(error).toMatchObject({ code: 'TOO_MANY', status: 429 });
    expect(error.message).toBe('refused by policy: user alice makes more than 3 calls a second');
    pass(333);
    refusalOf(() => call());
    pass(1);
    call().end();
    refusalOf(() => call());
    pass(60_000);
    for (let at = 0; at < 3; at += 1) call().end();
    refusalOf(() => call());
  });

  it('of less than a call a second lets one come now and then', () => {
    const { call, pass } = scene({ callsPerSecond: 0.5 });
    call().end();
    refusalOf(() => call());
    pass(2_000);
    call().end();
  });

  it('of calls under way is free again with their end', () => {
    const { call } = scene({ concurrentCalls: 2 });
    const first = call();
    call();
    expect(refusalOf(() => call()).message).toContain('2 calls under way');
    first.end();
    call();
  });

  it.each([
    ['streams', LOGS, { streams: 1 }],
    ['builds', BUILD, { builds: 1 }],
    ['builds', SESSION, { builds: 1 }],
  ] as const)('of %s counts them alone', (_, operation, allowance) => {
    const { call } = scene(allowance);
    call(INFO);
    call(INFO);
    const first = call(operation);
    refusalOf(() => call(operation));
    call(INFO);
    first.end();
    call(operation);
  });

  it('is counted for each holder', () => {
    const { call } = scene({ concurrentCalls: 1, callsPerSecond: 1 });
    call(INFO, 'user alice');
    refusalOf(() => call(INFO, 'user alice'));
    call(INFO, 'user bob');
  });

  it('of one’s own and one that is shared both hold, and a call that one of them refuses takes nothing of the other', () => {
    const usage = new Usage(() => 0);
    const enter = (user: string): (() => void) => {
      const page = usage.track(NOTHING, () => [
        { key: user, holder: user, callsPerSecond: 3, concurrentCalls: 2 },
        { key: 'role r', holder: 'the role r', callsPerSecond: 4, concurrentCalls: 3 },
      ]);
      page.understood(INFO);
      return () => {
        page.close({ status: 200, bytesIn: 0, bytesOut: 0, end: 'complete' });
      };
    };
    const ends = [enter('alice'), enter('alice')];
    expect(refusalOf(() => enter('alice')).message).toContain('alice has 2 calls under way');
    ends.push(enter('bob'));
    expect(refusalOf(() => enter('bob')).message).toContain('the role r has 3 calls under way');
    for (const end of ends) end();
    // Three of four tokens are gone, those of served calls.
    enter('bob')();
    expect(refusalOf(() => enter('bob')).message).toContain('the role r makes more than 4 calls');
    expect(refusalOf(() => enter('bob')).message).toContain('the role r makes more than 4 calls');
  });

  it('of nothing in particular limits nothing', () => {
    const { call } = scene({});
    for (let at = 0; at < 1_000; at += 1) call(LOGS);
  });

  it('takes nothing for a call that is refused, and gives nothing back for it', () => {
    const { call } = scene({ concurrentCalls: 1, streams: 1 });
    const stream = call(LOGS);
    refusalOf(() => call(LOGS));
    stream.end();
    const again = call(LOGS);
    refusalOf(() => call(INFO));
    again.end();
    call(INFO);
  });

  it('passes everything on to the page', () => {
    const { call, noted } = scene({});
    const { tracked, end } = call();
    tracked.target({ kind: 'volume' });
    tracked.decided({ decision: 'allow' });
    void tracked.intend(INFO);
    end();
    expect(noted).toEqual(['understood', 'target', 'decided', 'intend', 'close']);
  });
});
