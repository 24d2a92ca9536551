import { pageOver } from '../audit/page.ts';
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
   * @param allowanceOf what a call counts against, asked once it is understood; undefined: nothing.
   * @returns a page whose call is counted from then to its end; `understood` throws CallError
   * `TOO_MANY` where an allowance is used up.
   */
  track(page: CallTrail, allowanceOf: () => Allowance | undefined): CallTrail {
    let leave = (): void => undefined;
    return pageOver(page, {
      understood: (operation) => {
        page.understood(operation);
        const allowance = allowanceOf();
        if (allowance !== undefined) leave = this.#enter(operation, allowance);
      },
      close: (outcome) => {
        leave();
        page.close(outcome);
      },
    });
  }

  /** Counts a call in every way in which it counts, or in none. @returns ends the counting. */
  #enter(operation: Operation, allowance: Allowance): () => void {
    this.#takeToken(allowance);
    const { holder } = allowance;
    const keys: string[] = [];
    for (const what of countedOf(operation)) {
      const most = allowance[what];
      if (most === undefined) continue;
      const key = `${what} of ${holder}`;
      if ((this.#open.get(key) ?? 0) >= most) {
        throw tooMany(`${holder} has ${most} ${WORDS[what]} under way, the most allowed`);
      }
      keys.push(key);
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
  return new CallError('TOO_MANY', `refused by policy: ${what}`);
}
