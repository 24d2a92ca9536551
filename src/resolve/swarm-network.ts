import { LOOKUPS, lookUp } from './look-up.ts';
import { readNetwork } from './read-facts.ts';
import type { Ask, Resolution } from './types.ts';

/** By whole id, name, then beginning of an id, among those of the swarm alone. */
const inSwarm = lookUp('network', (name) => `/networks/${name}?scope=swarm`, readNetwork);

/** Networks that every node has, and the swarm under the same name (moby runconfig IsPreDefinedNetwork). */
const ON_EVERY_NODE: ReadonlySet<string> = new Set(['host', 'bridge', 'none']);

/**
 * What the daemon takes for the network that a service names (moby daemon/cluster populateNetworkID):
 * one of the swarm. What is none there may be, by name or id, one that every node has: the swarm’s
 * own of that name is meant then.
 */
export async function lookUpSwarmNetwork(
  ask: Ask,
  reference: string,
): Promise<Resolution<'network'>> {
  const own = await inSwarm(ask, reference);
  if ('found' in own || own.status !== 404) return own;
  const local = await LOOKUPS.network(ask, reference);
  if (!('found' in local) || !ON_EVERY_NODE.has(local.found.name)) return own;
  return inSwarm(ask, local.found.name);
}
