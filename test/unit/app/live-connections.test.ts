import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveConnections } from '../../../src/app/live-connections.ts';
import type { Outcome } from '../../../src/exchange.ts';
import type { Standing } from '../../../src/identity/trust.ts';
import { ALICE } from '../helpers/exchange.ts';

const YEAR = 365 * 86_400_000;

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

class FakeSocket extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function registry() {
  const standings = new Map<string, Standing>();
  const cuts: string[] = [];
  const live = new LiveConnections({
    standing: ({ user }) => standings.get(user),
    now: Date.now,
    onCut: ({ identity }, reason) => cuts.push(`${identity.user}: ${reason}`),
  });
  const connect = (user: string, standing: Partial<Standing>) => {
    standings.set(user, { ca: 'own', endsAt: Infinity, by: 'expired', ...standing });
    const socket = new FakeSocket();
    const connection = { ...ALICE, identity: { ...ALICE.identity, user } };
    live.add(socket as unknown as Socket, connection);
    return { socket, connection };
  };
  return { live, cuts, standings, connect };
}

describe('LiveConnections', () => {
  it('closes each connection at its own moment, and waits with one timer', () => {
    const { cuts, connect } = registry();
    const late = connect('late', { endsAt: Date.now() + 2_000 });
    const early = connect('early', { endsAt: Date.now() + 1_000, by: 'superseded' });
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(999);
    expect(early.socket.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect([early.socket.destroyed, late.socket.destroyed]).toEqual([true, false]);
    vi.advanceTimersByTime(1_000);
    expect(cuts).toEqual(['early: certificate superseded', 'late: certificate expired']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for a moment that is further away than a timer reaches', () => {
    const { connect } = registry();
    const { socket } = connect('alice', { endsAt: Date.now() + YEAR });
    vi.advanceTimersByTime(3 * 60_000);
    expect(socket.destroyed).toBe(false);
    vi.setSystemTime(Date.now() + YEAR);
    vi.advanceTimersByTime(60_000);
    expect(socket.destroyed).toBe(true);
  });

  it('leaves no timer behind when the connections have closed by themselves', () => {
    const { connect } = registry();
    const { socket } = connect('alice', { endsAt: Date.now() + YEAR });
    socket.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('closes at once what is worth nothing when trust changes', () => {
    const { live, cuts, standings, connect } = registry();
    const { socket } = connect('alice', {});
    const other = connect('bob', {});
    standings.set('alice', { ca: '', endsAt: -Infinity, by: 'revoked', detail: 'keyCompromise' });
    live.sweep();
    expect([socket.destroyed, other.socket.destroyed]).toEqual([true, false]);
    expect(cuts).toEqual(['alice: certificate revoked (keyCompromise)']);
  });

  it('gives the calls that it cut its own reason, and leaves those alone that were over', () => {
    const { live, standings, connect } = registry();
    const { connection } = connect('alice', {});
    const closed: Outcome[] = [];
    const page = live.track(connection, {
      understood: () => undefined,
      target: () => undefined,
      body: () => undefined,
      exited: () => undefined,
      answered: () => undefined,
      decided: () => undefined,
      intend: () => undefined,
      close: (outcome) => closed.push(outcome),
    });
    const outcome = { status: 101, bytesIn: 1, bytesOut: 2 };
    page.close({ ...outcome, end: 'client-gone' });
    standings.set('alice', { ca: '', endsAt: -Infinity, by: 'untrusted' });
    live.sweep();
    page.close({ ...outcome, end: 'client-gone' });
    page.close({ ...outcome, end: 'complete' });
    expect(closed).toEqual([
      { ...outcome, end: 'client-gone' },
      { ...outcome, end: 'certificate-ended', reason: 'certificate no longer trusted' },
      { ...outcome, end: 'complete' },
    ]);
  });
});
