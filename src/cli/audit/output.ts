import { once } from 'node:events';

/** So much is gathered before it is handed on, in characters. */
const CHUNK = 64 * 1024;

export interface OutputOptions {
  /** Called when nobody reads any more, or nothing can be written. */
  readonly onClosed?: () => void;
  /** Called before something is written. */
  readonly onFlush?: () => void;
}

/** Standard output for a result of any length: waits for whoever reads it, and notices when nobody does. */
export class Output {
  #text = '';
  #closed = false;

  readonly #onFlush: (() => void) | undefined;

  constructor({ onClosed, onFlush }: OutputOptions = {}) {
    this.#onFlush = onFlush;
    // What it was is for `watchOutput` to say.
    process.stdout.once('error', () => {
      this.#closed = true;
      onClosed?.();
    });
  }

  /** True where nobody reads any more, or nothing can be written. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A line of the result. */
  async line(text: string): Promise<void> {
    this.#text += `${text}\n`;
    if (this.#text.length >= CHUNK) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text === '' || this.#closed) return;
    this.#onFlush?.();
    if (process.stdout.write(text)) return;
    const drained = new AbortController();
    const { signal } = drained;
    const gone = once(process.stdout, 'close', { signal });
    try {
      await Promise.race([once(process.stdout, 'drain', { signal }), gone]);
    } catch {
      this.#closed = true;
    } finally {
      drained.abort();
      gone.catch(() => undefined);
    }
  }
}
