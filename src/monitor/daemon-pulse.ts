import { systemCode } from '../errors.ts';
import type { AskDaemon } from './containers/sampler.ts';

/** Whether the daemon answers. Those who ask at the same time share one ping. */
export class DaemonPulse {
  readonly #ask: AskDaemon;
  #asking: Promise<string | undefined> | undefined;

  constructor(ask: AskDaemon) {
    this.#ask = ask;
  }

  /** Why it does not; undefined where it does. Names no path. Never rejects. */
  problem(): Promise<string | undefined> {
    this.#asking ??= this.#look().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
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
