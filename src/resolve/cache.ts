import type { FactsOf, ObjectFacts, ObjectKind } from './types.ts';

/** How long an answer about an id may be repeated, ms: what an id means does not change. */
const ID_FRESH_MS = 30_000;
/** The same for a name, which may move at any moment behind our back. */
const NAME_FRESH_MS = 2_000;
const MAX_ENTRIES = 1_000;

interface Entry {
  readonly facts: ObjectFacts;
  readonly until: number;
}

/**
 * What the daemon said a moment ago, for the trail alone: nothing is ever decided by it. Facts are
 * kept by full id, and for a much shorter while by the name that led to them.
 */
export class FactsCache {
  readonly #byKey = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  keep(reference: string, facts: ObjectFacts): void {
    if ('id' in facts) this.#put(facts.kind, facts.id, facts, ID_FRESH_MS);
    if (!('id' in facts) || facts.id !== reference) {
      this.#put(facts.kind, reference, facts, NAME_FRESH_MS);
    }
    for (const key of this.#byKey.keys()) {
      if (this.#byKey.size <= MAX_ENTRIES) break;
      this.#byKey.delete(key);
    }
  }

  #put(kind: ObjectKind, name: string, facts: ObjectFacts, ms: number): void {
    const key = keyOf(kind, name);
    // Put at the end, so that the first in the map is the oldest.
    this.#byKey.delete(key);
    this.#byKey.set(key, { facts, until: this.#now() + ms });
  }

  find<K extends ObjectKind>(kind: K, reference: string): FactsOf<K> | undefined {
    const entry = this.#byKey.get(keyOf(kind, reference));
    if (entry === undefined || entry.until <= this.#now()) return undefined;
    return entry.facts as FactsOf<K>;
  }

  clear(): void {
    this.#byKey.clear();
  }
}

function keyOf(kind: ObjectKind, name: string): string {
  return `${kind} ${name}`;
}
