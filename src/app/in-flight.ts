import { PageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import type { Outcome } from '../exchange.ts';

/** The calls that are under way, so that a stopping gate can wait for them, or cut them. */
export class InFlight {
  readonly #calls = new Set<CallTrail>();
  readonly #idle: (() => void)[] = [];
  #cutting = false;
  /** Called after each call that has ended. */
  onEnd: () => void = () => undefined;

  /** @returns a trail page that counts as under way until it is closed. */
  track(page: CallTrail): CallTrail {
    const tracked = new TrackedPage(page, this.#ended);
    this.#calls.add(tracked);
    return tracked;
  }

  /** From now on a connection that closes was closed by us. */
  cut(): void {
    this.#cutting = true;
  }

  /** Resolves when no call is under way. */
  idle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  readonly #ended = (tracked: CallTrail, page: CallTrail, outcome: Outcome): void => {
    page.close(this.#relabel(outcome));
    this.#calls.delete(tracked);
    this.onEnd();
    if (this.#calls.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  };

  #relabel(outcome: Outcome): Outcome {
    if (!this.#cutting || outcome.end === 'complete') return outcome;
    return { ...outcome, end: 'gate-stopped' };
  }
}

/** Tells of its end, and leaves it to whoever hears of that. */
class TrackedPage extends PageOver {
  readonly #onEnd: (tracked: CallTrail, page: CallTrail, outcome: Outcome) => void;

  constructor(
    page: CallTrail,
    onEnd: (tracked: CallTrail, page: CallTrail, outcome: Outcome) => void,
  ) {
    super(page);
    this.#onEnd = onEnd;
  }

  override close(outcome: Outcome): void {
    this.#onEnd(this, this.page, outcome);
  }
}
