import type { CallTrail } from '../audit/trail.ts';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';

/** How much of the gate somebody may take at a time; what is absent is not limited. */
export interface Allowance {
  /** Whose allowance it is, and under which all that he does is counted. */
  readonly holder: string;
  readonly callsPerSecond?: number | undefined;
  readonly concurrentCalls?: number | undefined;
  readonly streams?: number | undefined;
  readonly builds?: number | undefined;
}

type Counted = 'concurrentCalls' | 'streams' | 'builds';

const WORDS: Readonly<Record<Counted, string>> = {
  concurrentCalls: 'calls',
  streams: 'streams',
  builds: 'builds',
};

/** What each holder of an allowance takes of it. */
export class Usage {
  readonly #open = new Map<string, number>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  /** @param now ms on a clock that does not jump. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param allowancesOf those that a call counts against, asked once it is understood.
   * @returns a page whose call is counted from then to its end; `understood` throws CallError
   * `TOO_MANY` where an allowance is used up.
   */
  track(page: CallTrail, allowancesOf: () => readonly Allowance[]): CallTrail {
    let leave = (): void => undefined;
    return {
      ...page,
      understood: (operation) => {
        page.understood(operation);
        leave = this.#enter(operation, allowancesOf());
      },
      close: (outcome) => {
        leave();
        page.close(outcome);
      },
    };
  }

  /** Counts a call against every allowance, or against none. @returns ends the counting. */
  #enter(operation: Operation, allowances: readonly Allowance[]): () => void {
    for (const allowance of allowances) this.#takeToken(allowance);
    const counted = countedOf(operation);
    const keys: string[] = [];
    for (const allowance of allowances) {
      for (const what of counted) {
        const most = allowance[what];
        if (most === undefined) continue;
        const key = `${what} of ${allowance.holder}`;
        if ((this.#open.get(key) ?? 0) >= most) {
          throw tooMany(
            `${allowance.holder} has ${most} ${WORDS[what]} under way, the most allowed`,
          );
        }
        keys.push(key);
      }
    }
    for (const key of keys) this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    return () => {
      for (const key of keys) this.#leave(key);
    };
  }

  #leave(key: string): void {
    const left = (this.#open.get(key) ?? 1) - 1;
    if (left <= 0) this.#open.delete(key);
    else this.#open.set(key, left);
  }

  #takeToken({ holder, callsPerSecond: rate }: Allowance): void {
    if (rate === undefined) return;
    const now = this.#now();
    const bucket = this.#buckets.get(holder) ?? { tokens: capacity(rate), at: now };
    const tokens = Math.min(capacity(rate), bucket.tokens + ((now - bucket.at) / 1000) * rate);
    if (tokens < 1) {
      this.#buckets.set(holder, { tokens, at: now });
      throw tooMany(`${holder} makes more than ${rate} calls a second`);
    }
    this.#buckets.set(holder, { tokens: tokens - 1, at: now });
  }
}

/** Tokens that are left, and when that was so, ms. */
interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** A second's worth may come at once. */
function capacity(rate: number): number {
  return Math.max(1, rate);
}

function countedOf({ stream, action, effect }: Operation): readonly Counted[] {
  const isBuild = action === 'image.build' || effect === 'opaque-tunnel';
  return [
    'concurrentCalls',
    ...(stream ? (['streams'] as const) : []),
    ...(isBuild ? (['builds'] as const) : []),
  ];
}

function tooMany(what: string): CallError {
  return new CallError('TOO_MANY', `refused by the policy: ${what}`);
}
