import { PageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';
import type { Outcome } from '../exchange.ts';

/** How much of the gate somebody may take at a time; what is absent is not limited. */
export interface Allowance {
  /** Under which all that is done with it is counted. */
  readonly key: string;
  /** Whose it is, in words. */
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
   * @param allowancesOf what a call counts against, asked once it is understood.
   * @returns a page whose call is counted from then to its end; `understood` throws CallError
   * `TOO_MANY` where an allowance is used up.
   */
  track(page: CallTrail, allowancesOf: () => readonly Allowance[]): CallTrail {
    return new CountedPage(page, (operation) => this.#enter(operation, allowancesOf()));
  }

  /** Counts a call in every way in which it counts, or in none. @returns ends the counting; undefined for nothing. */
  #enter(operation: Operation, allowances: readonly Allowance[]): (() => void) | undefined {
    if (allowances.length === 0) return undefined;
    const counted = countedOf(operation);
    const keys = allowances.flatMap((allowance) => this.#room(counted, allowance));
    const buckets = allowances.flatMap((allowance) => this.#refill(allowance));
    for (const bucket of buckets) bucket.tokens -= 1;
    for (const key of keys) this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    return () => {
      for (const key of keys) this.#leave(key);
    };
  }

  /** @returns what a call is counted under. @throws CallError `TOO_MANY` where there is no room for it. */
  #room(counted: readonly Counted[], allowance: Allowance): readonly string[] {
    const { key, holder } = allowance;
    return counted.flatMap((what) => {
      const most = allowance[what];
      if (most === undefined) return [];
      const name = `${what} of ${key}`;
      if ((this.#open.get(name) ?? 0) >= most) {
        throw tooMany(`${holder} has ${most} ${WORDS[what]} under way, the most allowed`);
      }
      return [name];
    });
  }

  #leave(key: string): void {
    const left = (this.#open.get(key) ?? 1) - 1;
    if (left <= 0) this.#open.delete(key);
    else this.#open.set(key, left);
  }

  /** @returns the bucket that a call takes a token from. @throws CallError `TOO_MANY` for an empty one. */
  #refill({ key, holder, callsPerSecond: rate }: Allowance): readonly Bucket[] {
    if (rate === undefined) return [];
    const now = this.#now();
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: capacity(rate), at: now };
    const bucket = {
      tokens: Math.min(capacity(rate), tokens + ((now - at) / 1000) * rate),
      at: now,
    };
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) throw tooMany(`${holder} makes more than ${rate} calls a second`);
    return [bucket];
  }
}

/** Tokens that are left, and when that was so, ms. */
interface Bucket {
  tokens: number;
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

class CountedPage extends PageOver {
  readonly #enter: (operation: Operation) => (() => void) | undefined;
  #leave: (() => void) | undefined;

  /** @param enter counts it; what it returns ends the counting. */
  constructor(page: CallTrail, enter: (operation: Operation) => (() => void) | undefined) {
    super(page);
    this.#enter = enter;
  }

  override understood(operation: Operation): void {
    this.page.understood(operation);
    this.#leave = this.#enter(operation);
  }

  override close(outcome: Outcome): void {
    this.#leave?.();
    this.page.close(outcome);
  }
}
