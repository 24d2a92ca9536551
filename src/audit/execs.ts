import type { CallTarget } from '../exchange.ts';
import type { Detail } from './detail/values.ts';

/** What is known of an exec from its create. */
export interface KnownExec {
  readonly detail: Detail | undefined;
  /** The container that it runs in; what that is called may come later. */
  container: CallTarget | undefined;
}

/** Each is some KiB at the most; the oldest is forgotten first. */
const MOST = 2_000;

/**
 * What execs were made for, from their create to their start: the start names an id and nothing else, and what a
 * trail should tell of it is the command.
 */
export class Execs {
  readonly #byId = new Map<string, KnownExec>();

  remember(id: string, exec: KnownExec): void {
    this.#byId.set(id, exec);
    if (this.#byId.size <= MOST) return;
    const [oldest] = this.#byId.keys();
    if (oldest !== undefined) this.#byId.delete(oldest);
  }

  /** Undefined for an exec that somebody else made, or another run of the gate. */
  find(id: string): KnownExec | undefined {
    return this.#byId.get(id);
  }
}
