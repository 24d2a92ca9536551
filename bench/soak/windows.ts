/** How long after its end a fault may still explain an error: answers under way, watchers of files, retries every second. */
export const GRACE_MS = 3_000;

/** What is done to the gate, and may explain an error of a client. */
export type FaultKind = 'daemon away' | 'disk full' | 'CA dropped' | 'revoked';

interface Window {
  readonly fault: FaultKind;
  readonly from: number;
  to: number;
}

/** When which fault was active, on the clock of `performance.now()`. */
export class Windows {
  readonly #windows: Window[] = [];

  /** Runs `action` as a window of that fault. */
  async during<T>(fault: FaultKind, action: () => Promise<T>): Promise<T> {
    const window = { fault, from: performance.now(), to: Infinity };
    this.#windows.push(window);
    try {
      return await action();
    } finally {
      window.to = performance.now();
    }
  }

  /** True where the fault was active, or had been a moment before, between these two times. */
  explains(fault: FaultKind, from: number, to: number): boolean {
    return this.#windows.some(
      (window) => window.fault === fault && from <= window.to + GRACE_MS && to >= window.from,
    );
  }
}
