import type { CallTrail } from '../audit/trail.ts';
import { CallError } from '../errors.ts';

/** Counts the streams (upgraded and other lasting calls) of each user against a cap. */
export class StreamCap {
  readonly #perUser: number;
  readonly #open = new Map<string, number>();

  constructor(perUser: number) {
    this.#perUser = perUser;
  }

  /**
   * @returns a trail page whose call counts as a stream of `user` from its intent to its end;
   * `intend` throws CallError `TOO_MANY` where the user has as many as allowed.
   */
  track(user: string, page: CallTrail): CallTrail {
    let counted = false;
    return {
      understood: (operation) => {
        page.understood(operation);
      },
      target: (target) => {
        page.target(target);
      },
      decided: (verdict) => {
        page.decided(verdict);
      },
      intend: (operation) => {
        if (operation.stream && !this.#enter(user)) {
          page.intend({ ...operation, stream: false });
          throw new CallError(
            'TOO_MANY',
            `refused: user ${user} has ${this.#perUser} streams open, the most allowed`,
          );
        }
        counted = operation.stream;
        page.intend(operation);
      },
      close: (outcome) => {
        if (counted) this.#leave(user);
        page.close(outcome);
      },
    };
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
