import { bareName } from './references.ts';
import type { ObjectKind, Resolution } from './types.ts';

/** What the daemon said, by what it was asked. */
export class Answers {
  readonly #asked = new Set<string>();
  readonly #byKey = new Map<string, Resolution<ObjectKind>>();

  /** Once for each object: of two answers, one would be decided on and the other sent. */
  async ask(
    kind: ObjectKind,
    ref: string,
    resolve: () => Promise<Resolution<ObjectKind>>,
  ): Promise<void> {
    const key = `${kind} ${ref}`;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    this.#byKey.set(key, await resolve());
  }

  /** Undefined where nobody asked. */
  of(kind: ObjectKind, reference: string): Resolution<ObjectKind> | undefined {
    return this.#byKey.get(`${kind} ${bareName(kind, reference)}`);
  }
}
