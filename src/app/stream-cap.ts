import { pageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import { CallError } from '../errors.ts';
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
    const user = userKey(identity);
    let counted = false;
    return pageOver(page, {
      intend: (operation) => {
        if (operation.stream && !this.#enter(user)) {
          throw new CallError(
            'TOO_MANY',
            `refused: user ${identity.user} has ${this.#perUser} streams open, the most allowed`,
          );
        }
        counted = operation.stream;
        return page.intend(operation);
      },
      close: (outcome) => {
        if (counted) this.#leave(user);
        page.close(outcome);
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
