import { PageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import { CallError } from '../errors.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { Outcome } from '../exchange.ts';
import { userKey, type CallerIdentity } from '../identity/types.ts';

/** Counts the streams (upgraded and other lasting calls) of each user against a cap. */
export class StreamCap {
  readonly #perUser: number;
  readonly #open = new Map<string, number>();

  constructor(perUser: number) {
    this.#perUser = perUser;
  }

  /**
   * @returns a trail page whose call counts as a stream of its user from its intent to its end;
   * `intend` throws CallError `TOO_MANY` where the user has as many as allowed.
   */
  track(identity: CallerIdentity, page: CallTrail): CallTrail {
    return new StreamPage(page, {
      enter: () => {
        if (this.#enter(userKey(identity))) return;
        throw new CallError(
          'TOO_MANY',
          `refused: user ${identity.user} has ${this.#perUser} streams open, the most allowed`,
        );
      },
      leave: () => {
        this.#leave(userKey(identity));
      },
    });
  }

  #enter(user: string): boolean {
    const open = this.#open.get(user) ?? 0;
    if (open >= this.#perUser) return false;
    this.#open.set(user, open + 1);
    return true;
  }

  #leave(user: string): void {
    const left = (this.#open.get(user) ?? 1) - 1;
    if (left === 0) this.#open.delete(user);
    else this.#open.set(user, left);
  }
}

interface StreamCounter {
  /** @throws CallError `TOO_MANY` */
  readonly enter: () => void;
  readonly leave: () => void;
}

class StreamPage extends PageOver {
  readonly #counter: StreamCounter;
  #isCounted = false;

  constructor(page: CallTrail, counter: StreamCounter) {
    super(page);
    this.#counter = counter;
  }

  override intend(operation: Operation): Promise<void> | undefined {
    if (operation.stream) {
      this.#counter.enter();
      this.#isCounted = true;
    }
    return this.page.intend(operation);
  }

  override close(outcome: Outcome): void {
    if (this.#isCounted) this.#counter.leave();
    this.page.close(outcome);
  }
}
