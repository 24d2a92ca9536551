import type { Entry } from './seal.ts';

/** How long lines may wait where `buffer` allows it, ms. */
const WHILE_MS = 200;

/** Lines that wait no longer. */
export interface Taken {
  readonly entries: readonly Entry[];
  /** They have been written. @param failure why not, where they have not. */
  readonly settle: (failure: string | undefined) => void;
}

/** Lines that wait to be written, in order, and when that will be. */
export class Waiting {
  readonly #write: (lookMs: number) => void;
  readonly #endTurn = (): void => {
    this.#write(this.#lookMs);
  };
  #entries: Entry[] = [];
  #lookMs = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #written: Written | undefined;
  /** What they take in the file, without their places in the chain. */
  bytes = 0;

  /** @param write takes the lines and writes them; told how long ago the file may have been looked at, ms. */
  constructor(write: (lookMs: number) => void) {
    this.#write = write;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.bytes += entry.body.length;
  }

  /** Has them written before long. */
  forAWhile(): void {
    this.#timer ??= setTimeout(() => {
      this.#write(0);
    }, WHILE_MS);
  }

  /**
   * Has them written when this turn of the event loop ends, together with all that come until then.
   *
   * @param lookMs how long ago the file may have been looked at then.
   */
  forThisTurn(lookMs: number): void {
    this.#lookMs = Math.min(this.#lookMs, lookMs);
    this.#turn ??= setImmediate(this.#endTurn);
  }

  /**
   * Resolves when those that wait for the end of the turn have been written, and rejects where that failed; undefined
   * where there are none.
   */
  written(): Promise<void> | undefined {
    if (this.#turn === undefined) return undefined;
    this.#written ??= new Written();
    return this.#written.promise;
  }

  /** All of them, for whoever writes them now, and then tells those who wait. They wait no longer. */
  take(): Taken {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = undefined;
    this.#turn = undefined;
    this.#lookMs = Infinity;
    const entries = this.#entries;
    this.#entries = [];
    this.bytes = 0;
    const written = this.#written;
    this.#written = undefined;
    return { entries, settle: (failure) => written?.settle(failure) };
  }
}

/** A promise with what settles it. */
class Written {
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  readonly promise = new Promise<void>((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  settle(failure: string | undefined): void {
    if (failure === undefined) this.#resolve();
    else this.#reject(new Error(failure));
  }
}
