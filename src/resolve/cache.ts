import type { FactsOf, ObjectFacts, ObjectKind } from './types.ts';

/** How long an answer may be repeated, ms: a name may change at any moment behind our back. */
const FRESH_MS = 2_000;
const MAX_ENTRIES = 1_000;

interface Entry {
  readonly facts: ObjectFacts;
  readonly until: number;
}

/**
 * What the daemon said a moment ago, for the trail alone: nothing is ever decided by it. Facts are
 * kept by full id; a name leads to them for as long as they are fresh.
 */
export class FactsCache {
  readonly #byKey = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  keep(reference: string, facts: ObjectFacts): void {
    const entry = { facts, until: this.#now() + FRESH_MS };
    const names = new Set([reference, ...(facts.kind === 'exec' ? [] : namesOf(facts))]);
    for (const name of names) {
      const key = keyOf(facts.kind, name);
      // Put at the end, so that the first in the map is the oldest.
      this.#byKey.delete(key);
      this.#byKey.set(key, entry);
    }
    for (const key of this.#byKey.keys()) {
      if (this.#byKey.size <= MAX_ENTRIES) break;
      this.#byKey.delete(key);
    }
  }

  find<K extends ObjectKind>(kind: K, reference: string): FactsOf<K> | undefined {
    const entry = this.#byKey.get(keyOf(kind, reference));
    if (entry === undefined || entry.until <= this.#now()) return undefined;
    return entry.facts as FactsOf<K>;
  }

  /** Drops every entry that has to do with an object of this name or id. */
  forget(reference: string): void {
    for (const [key, { facts }] of this.#byKey) {
      const isMeant = key.endsWith(`:${reference}`) || namesOf(facts).includes(reference);
      if (isMeant) this.#byKey.delete(key);
    }
  }
}

function keyOf(kind: ObjectKind, name: string): string {
  return `${kind}:${name}`;
}

/** What an object may be called, besides the beginnings of its id; of an exec, its container. */
function namesOf(facts: ObjectFacts): readonly string[] {
  switch (facts.kind) {
    case 'exec':
      return [facts.container.id, facts.container.name];
    case 'volume':
      return [facts.name];
    case 'image':
      return [facts.id, ...facts.tags];
    default:
      return [facts.id, facts.name];
  }
}
