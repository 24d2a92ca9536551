import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../src/app/in-flight.ts';
import type { CallTrail } from '../../../src/audit/trail.ts';
import { readOperation, type Operation } from '../../../src/docker-api/operation.ts';
import { CallError } from '../../../src/errors.ts';
import type { CallEnd, CallTarget, Outcome, Verdict } from '../../../src/exchange.ts';
import { settled } from '../helpers/streams.ts';

const outcome = (end: CallEnd): Outcome => ({ status: 200, bytesIn: 1, bytesOut: 2, end });

/** A page that keeps what is written on it. */
class Page implements CallTrail {
  readonly known: Operation[] = [];
  readonly intended: Operation[] = [];
  readonly closed: Outcome[] = [];
  understood(operation: Operation): void {
    this.known.push(operation);
  }
  readonly verdicts: Verdict[] = [];
  readonly targets: CallTarget[] = [];
  decided(verdict: Verdict): void {
    this.verdicts.push(verdict);
  }
  body(): void {
    throw new Error('not expected');
  }
  exited(): void {
    throw new Error('not expected');
  }
  answered(): void {
    throw new Error('not expected');
  }
  target(target: CallTarget): void {
    this.targets.push(target);
  }
  intend(operation: Operation): undefined {
    this.intended.push(operation);
  }
  close(result: Outcome): void {
    this.closed.push(result);
  }
}

/** Whether a promise has resolved by now. */
async function resolved(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settled();
  return done;
}

describe('InFlight', () => {
  it('is idle from the start', async () => {
    expect(await resolved(new InFlight().idle())).toBe(true);
  });

  it('is idle only once every call has ended', async () => {
    const calls = new InFlight();
    const first = calls.track(new Page());
    const second = calls.track(new Page());
    const idle = calls.idle();
    const also = calls.idle();
    first.close(outcome('complete'));
    expect(await resolved(idle)).toBe(false);
    second.close(outcome('complete'));
    expect([await resolved(idle), await resolved(also)]).toEqual([true, true]);
  });

  it('is busy again with a new call', async () => {
    const calls = new InFlight();
    calls.track(new Page()).close(outcome('complete'));
    calls.track(new Page());
    expect(await resolved(calls.idle())).toBe(false);
  });

  it('passes on what a call is known to be, what it intends, and what it throws', () => {
    const calls = new InFlight();
    const page = new Page();
    const operation = readOperation('GET', '/info');
    calls.track(page).understood(operation);
    expect(page.known).toEqual([operation]);
    void calls.track(page).intend(operation);
    expect(page.intended).toEqual([operation]);
    calls.track(page).decided({ decision: 'allow' });
    expect(page.verdicts).toEqual([{ decision: 'allow' }]);
    calls.track(page).target({ kind: 'volume', name: 'v' });
    expect(page.targets).toEqual([{ kind: 'volume', name: 'v' }]);
    const failing: CallTrail = {
      understood: () => undefined,
      target: () => undefined,
      body: () => undefined,
      exited: () => undefined,
      answered: () => undefined,
      decided: () => undefined,
      intend: () => {
        throw new CallError('AUDIT_UNAVAILABLE', 'full');
      },
      close: () => undefined,
    };
    expect(() => {
      void calls.track(failing).intend(operation);
    }).toThrow('full');
  });

  it('tells of each end after the page has been closed', () => {
    const calls = new InFlight();
    const page = new Page();
    const seen: number[] = [];
    calls.onEnd = () => seen.push(page.closed.length);
    calls.track(page).close(outcome('complete'));
    expect(seen).toEqual([1]);
  });

  it('keeps the end of a call as it was seen, while the gate runs', () => {
    const calls = new InFlight();
    for (const end of ['complete', 'client-gone', 'daemon-gone', 'refused'] as const) {
      const page = new Page();
      calls.track(page).close(outcome(end));
      expect(page.closed).toEqual([outcome(end)]);
    }
  });

  it('says of calls that it cut that the gate stopped, but not of those that were complete', () => {
    const calls = new InFlight();
    const pages = [new Page(), new Page(), new Page()] as const;
    const [cut, lost, whole] = pages.map((page) => calls.track(page));
    calls.cut();
    cut?.close(outcome('client-gone'));
    lost?.close({ ...outcome('daemon-gone'), reason: 'why' });
    whole?.close(outcome('complete'));
    expect(pages.map(({ closed: [result] }) => result?.end)).toEqual([
      'gate-stopped',
      'gate-stopped',
      'complete',
    ]);
    expect(pages[1].closed[0]?.reason).toBe('why');
  });
});
