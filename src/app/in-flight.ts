import { PageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import type { Outcome } from '../exchange.ts';

/** The calls that are under way, so that a stopping gate can wait for them, or cut them. */
export class InFlight {
  /** A number: a set of them that is written to at every call keeps those that are over alive for a while. */
  #count = 0;
  readonly #idle: (() => void)[] = [];
  #cutting = false;
  /** Called after each call that has ended. */
  onEnd: () => void = () => undefined;

  /** @returns a trail page that counts as under way until it is closed. */
  track(page: CallTrail): CallTrail {
    this.#count += 1;
    return new TrackedPage(page, this.#ended);
  }

  /** From now on a connection that closes was closed by us. */
  cut(): void {
    this.#cutting = true;
  }

  /** Resolves when no call is under way. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  readonly #ended = (page: CallTrail, outcome: Outcome): void => {
    page.close(this.#relabel(outcome));
    this.#count -= 1;
    this.onEnd();
    if (this.#count === 0) for (const resolve of this.#idle.splice(0)) resolve();
  };

  #relabel(outcome: Outcome): Outcome {
    if (!this.#cutting || outcome.end === 'complete') return outcome;
    return { ...outcome, end: 'gate-stopped' };
  }
}

/** Tells of its end, once, and leaves it to whoever hears of that. */
class TrackedPage extends PageOver {
  readonly #onEnd: (page: CallTrail, outcome: Outcome) => void;
  #isOpen = true;

  constructor(page: CallTrail, onEnd: (page: CallTrail, outcome: Outcome) => void) {
    super(page);
    this.#onEnd = onEnd;
  }

  override close(outcome: Outcome): void {
    if (!this.#isOpen) return;
    this.#onEnd(this.page, outcome);
    this.#isOpen = false;
  }
}
