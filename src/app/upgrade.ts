import type { Trail } from '../audit/trail.ts';
import { systemCode } from '../errors.ts';
import { startSuccessor, type Passed, type Program } from '../sockets/hand-over.ts';
import type { Front } from './front.ts';
import type { Log } from './log.ts';
import type { Monitor } from './monitor.ts';

/** What a gate needs to hand itself over. */
export interface UpgradeDeps {
  readonly log: Log;
  readonly trail: Pick<Trail, 'gate'>;
  readonly front: Front;
  /** Undefined where the gate is not watched. */
  readonly monitor: Pick<Monitor, 'listener' | 'origin' | 'release'> | undefined;
}

/**
 * How long an idle connection is left open, ms. A client that uses it within that time gets an answer which says that
 * it is the last; one that does not has probably let it go. Closing at once would meet requests on their way. No usual
 * interval of a poll (5, 10, 15, 20, 30 s) falls on it.
 */
const IDLE_MS = 17_000;

/**
 * Starts another process that listens on the same sockets. Where that does not get ready, nothing changes.
 *
 * @param onReady told of its process id, before this one stops accepting.
 * @returns the id of the process that took over; undefined where none did.
 */
export async function handOver(
  program: Program,
  { log, trail, front, monitor }: UpgradeDeps,
  onReady: (pid: number) => Promise<void>,
): Promise<number | undefined> {
  const sockets: Passed[] = front.open.map(({ listener, origin, inherited }) => {
    return { server: listener.server, origin, inherited };
  });
  if (monitor !== undefined) {
    sockets.push({ server: monitor.listener.server, origin: monitor.origin });
  }
  try {
    const successor = await startSuccessor(program, sockets);
    try {
      await onReady(successor.pid);
    } catch (error) {
      // Whoever watches over this process would end the other one with it. It takes no name of a socket along.
      await successor.end();
      throw error;
    }
    front.release();
    monitor?.release();
    trail.gate('gate-upgrade', { result: 'accepted', successor: successor.pid });
    log.info(
      { successor: successor.pid },
      'another process has taken over; calls in flight may finish here',
    );
    return successor.pid;
  } catch (error) {
    const reason = error instanceof Error ? error.message : systemCode(error);
    trail.gate('gate-upgrade', { result: 'refused', reason });
    log.error({ reason }, 'no other process took over; this one goes on');
    return undefined;
  }
}

/** How patient a gate is with connections that it does not want to cut. */
interface Patience {
  /** How long an idle connection is left open, ms. */
  readonly idleMs: number;
  /** How long calls may go on, ms. */
  readonly timeoutMs: number;
}

/** How long calls may go on here once another process serves; ms. @param timeoutMs 0: as long as they like. */
export function patienceOf(timeoutMs: number): Patience {
  return { idleMs: IDLE_MS, timeoutMs: timeoutMs === 0 ? Infinity : timeoutMs };
}

/** Of a gate that is restarted: who connects meanwhile waits in the socket, so it has to be quick. */
export function hasteOf(timeoutMs: number): Patience {
  return { idleMs: 1_000, timeoutMs };
}

/** Of those who watch the gate: they ask again soon, and streams of the view are no work that has to be finished. */
export const WATCHERS: Patience = { idleMs: 1_000, timeoutMs: 5_000 };

/**
 * Waits until every connection has ended by itself: each behind its next answer, idle ones soon.
 *
 * @returns false where the time was up before.
 */
export async function drain(
  front: Pick<Front, 'closeIdle' | 'empty'>,
  { idleMs, timeoutMs }: Patience,
): Promise<boolean> {
  const idle = setTimeout(() => {
    front.closeIdle();
  }, idleMs);
  let late: NodeJS.Timeout | undefined;
  const empty = front.empty().then(() => true);
  const isDone = await Promise.race([
    empty,
    new Promise<boolean>((resolve) => {
      if (timeoutMs === Infinity) return;
      late = setTimeout(resolve, Math.min(timeoutMs, LONGEST_TIMER_MS), false);
    }),
  ]);
  clearTimeout(idle);
  clearTimeout(late);
  return isDone;
}

/** What setTimeout takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
