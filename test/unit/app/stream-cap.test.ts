import { describe, expect, it } from 'vitest';
import { StreamCap } from '../../../src/app/stream-cap.ts';
import type { CallTrail } from '../../../src/audit/trail.ts';
import { readOperation, type Operation } from '../../../src/docker-api/operation.ts';
import { CallError } from '../../../src/errors.ts';
import type { Outcome } from '../../../src/exchange.ts';
import { ALICE } from '../helpers/exchange.ts';
import { refusalOf } from '../helpers/refusal.ts';

const EVENTS = readOperation('GET', '/events');
const INFO = readOperation('GET', '/info');
const DONE: Outcome = { status: 200, bytesIn: 0, bytesOut: 0, end: 'complete' };

/** A page of a call of `user`, and what was written on it. */
function call(cap: StreamCap, user = 'alice', fails?: CallError) {
  const understood: Operation[] = [];
  const intended: Operation[] = [];
  const closed: Outcome[] = [];
  const noted: unknown[] = [];
  const page: CallTrail = {
    understood: (operation) => understood.push(operation),
    body: (body) => noted.push(body),
    exited: (code) => noted.push(code),
    answered: () => noted.push('answered'),
    target: (target) => noted.push(target),
    decided: (verdict) => noted.push(verdict),
    intend: (operation) => {
      intended.push(operation);
      if (fails !== undefined) throw fails;
    },
    close: (outcome) => closed.push(outcome),
  };
  const tracked = cap.track({ ...ALICE.identity, user }, page);
  return {
    understood,
    intended,
    closed,
    learn: (operation = EVENTS) => {
      tracked.understood(operation);
    },
    begin: (operation = EVENTS) => {
      void tracked.intend(operation);
    },
    end: () => {
      tracked.close(DONE);
    },
  };
}

describe('StreamCap', () => {
  it('lets a user have as many streams as allowed, and refuses one more', () => {
    const cap = new StreamCap(2);
    call(cap).begin();
    call(cap).begin();
    const third = call(cap);
    expect(refusalOf(third.begin)).toMatchObject({ code: 'TOO_MANY', status: 429 });
    // It never started, so it has no line of that.
    expect(third.intended).toEqual([]);
  });

  it('counts no call that is not a stream, and lets it through when the streams are used up', () => {
    const cap = new StreamCap(1);
    call(cap).begin(INFO);
    call(cap).begin();
    const info = call(cap);
    info.begin(INFO);
    expect(info.intended).toEqual([INFO]);
  });

  it('counts no call that has not come to its intent, but its page knows what it is', () => {
    const cap = new StreamCap(1);
    const waiting = call(cap);
    waiting.learn();
    expect(waiting.understood).toEqual([EVENTS]);
    expect(call(cap).begin).not.toThrow();
  });

  it('counts every user apart', () => {
    const cap = new StreamCap(1);
    call(cap, 'alice').begin();
    expect(call(cap, 'bob').begin).not.toThrow();
  });

  it('has room again when a stream has ended, and not when another call has', () => {
    const cap = new StreamCap(1);
    const stream = call(cap);
    const info = call(cap);
    stream.begin();
    info.begin(INFO);
    info.end();
    const refused = call(cap);
    expect(refused.begin).toThrow('streams open');
    refused.end();
    expect(call(cap).begin).toThrow('streams open');
    stream.end();
    expect(stream.closed).toEqual([DONE]);
    expect(call(cap).begin).not.toThrow();
  });

  it('has room again when a stream could not be written down', () => {
    const cap = new StreamCap(1);
    const failing = call(cap, 'alice', new CallError('AUDIT_UNAVAILABLE', 'full'));
    expect(failing.begin).toThrow('full');
    failing.end();
    expect(call(cap).begin).not.toThrow();
  });
});
