import { performance } from 'node:perf_hooks';
import { FactsCache } from './cache.ts';
import { LOOKUPS } from './look-up.ts';
import { lookUpSwarmNetwork } from './swarm-network.ts';
import type { Ask, FactsOf, ObjectKind, Resolution } from './types.ts';

/** Asks the daemon what the names and ids in calls stand for. */
export interface Resolver {
  /**
   * What a reference stands for now, asked afresh: whoever decides by the answer sends its id
   * upstream instead of the reference, so that nothing can be swapped in between.
   *
   * @param reference as the daemon would be given it: a name, an id, the beginning of an id.
   * @throws CallError `DAEMON_UNREACHABLE` or `DAEMON_BROKE_OFF`; `TARGET_UNCLEAR` where the answer
   * is none that could be decided on.
   */
  resolve<K extends ObjectKind>(kind: K, reference: string): Promise<Resolution<K>>;
  /**
   * The same for a network that a service names: there a network of the swarm is meant, also where
   * one of this node has that name or id.
   */
  resolveSwarmNetwork(reference: string): Promise<Resolution<'network'>>;
  /**
   * The same for the trail, from the cache where it is fresh. It never fails: undefined where the
   * daemon did not say.
   */
  describe<K extends ObjectKind>(kind: K, reference: string): Promise<FactsOf<K> | undefined>;
  /** What the cache has of it, now. */
  known<K extends ObjectKind>(kind: K, reference: string): FactsOf<K> | undefined;
  /** Drops what is kept, after a call that may have moved a name. */
  forgetAll(): void;
}

interface ResolverOptions {
  /** ms on any clock that does not jump. */
  readonly now?: () => number;
}

/**
 * The daemon itself knows its rules (container: whole id, exact name, unique beginning of an id;
 * network: whole id, name, beginning; exec: whole id; image: name, then beginning of an id), so it
 * is asked, never imitated.
 */
export function createResolver(ask: Ask, options: ResolverOptions = {}): Resolver {
  const { now = () => performance.now() } = options;
  const cache = new FactsCache(now);

  const resolve = async <K extends ObjectKind>(kind: K, reference: string) => {
    const resolution = await LOOKUPS[kind](ask, reference);
    if ('found' in resolution) cache.keep(reference, resolution.found);
    return resolution;
  };
  return {
    resolve,
    resolveSwarmNetwork: (reference) => lookUpSwarmNetwork(ask, reference),
    describe: async (kind, reference) => {
      const known = cache.find(kind, reference);
      if (known !== undefined) return known;
      try {
        const resolution = await resolve(kind, reference);
        return 'found' in resolution ? resolution.found : undefined;
      } catch {
        return undefined;
      }
    },
    known: (kind, reference) => cache.find(kind, reference),
    forgetAll: () => {
      cache.clear();
    },
  };
}
