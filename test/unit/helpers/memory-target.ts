import type { Target } from '../../../src/audit/write/target.ts';

/** A file in memory. */
export class MemoryTarget implements Target {
  text = '';
  readonly regular = true;
  get size(): number {
    return this.text.length;
  }
  look() {
    return this.text === '' ? ('fresh' as const) : ('same' as const);
  }
  append(bytes: Buffer): void {
    this.text += bytes.toString('latin1');
  }
  reopen(): void {
    // There is no other.
  }
  sync(): Promise<void> {
    return Promise.resolve();
  }
  close(): void {
    // It stays as it is.
  }
}
