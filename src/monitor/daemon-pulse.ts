import { systemCode } from '../errors.ts';
import type { AskDaemon } from './containers/sampler.ts';

/** So long an answer is good for all who ask, ms. */
const KEPT_MS = 1_000;

/** Whether the daemon answers. One ping serves everybody who asks within a second. */
export class DaemonPulse {
  readonly #ask: AskDaemon;
  #last: { readonly at: number; readonly problem: Promise<string | undefined> } | undefined;

  constructor(ask: AskDaemon) {
    this.#ask = ask;
  }

  /** Why it does not; undefined where it does. Names no path. Never rejects. */
  problem(): Promise<string | undefined> {
    const at = performance.now();
    if (this.#last === undefined || at - this.#last.at >= KEPT_MS) {
      this.#last = { at, problem: this.#look() };
    }
    return this.#last.problem;
  }

  async #look(): Promise<string | undefined> {
    try {
      const { status } = await this.#ask('/_ping');
      return status === 200 ? undefined : `the daemon answers a ping with ${status}`;
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      return cause === undefined
        ? 'the daemon does not answer'
        : `the daemon cannot be reached: ${systemCode(cause)}`;
    }
  }
}
