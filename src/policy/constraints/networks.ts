import type { BodyView } from '../../docker-api/body/bodies.ts';
import { checkListed, feature, keysListed, listed, quoted } from './common.ts';
import { each, fields, free, inside, never, report, type At, type Check } from './inspection.ts';
import { checkNamespace, namespaceMode } from './joins.ts';
import type { EndpointView } from './views.ts';

/** Networks that every container may be in; no network of a user can have these names. */
const PLAIN: ReadonlySet<string> = new Set(['', 'default', 'bridge', 'none']);

/** A network that is named in a body: its id and the beginning of its id are it too. */
export function checkNetwork(ref: string, at: At): void {
  if (PLAIN.has(ref)) return;
  if (ref === 'host') {
    checkNamespace('network=host', at);
    return;
  }
  checkFoundNetwork(ref, at);
}

/** A network that the daemon has told of, whatever the call calls it: all of a service’s are. */
export function checkFoundNetwork(ref: string, at: At): void {
  const facts = at.on.factsOf({ kind: 'network', ref });
  if (facts === undefined) {
    report(at, `which network ${quoted(ref)} is cannot be seen`, 'an answer of the daemon');
    return;
  }
  const name = facts.missing === true ? ref : (facts.name ?? '');
  if (name === 'host') checkNamespace('network=host', at);
  else if (!PLAIN.has(name) || name === '') checkListed('networks', name, at);
}

/** Whether the daemon has to be asked which network this is. */
export function needsLookup(ref: string): boolean {
  return !PLAIN.has(ref) && ref !== 'host' && !ref.startsWith('container:');
}

/** HostConfig.NetworkMode, and `networkmode` of a build. */
export const networkMode: Check<string> = (mode, at) => {
  if (mode.startsWith('container:')) namespaceMode('network', [])(mode, at);
  else checkNetwork(mode, at);
};

/**
 * The daemon prefers it to the key or path that names the network (moby getNetworkID), so it is judged
 * as one more name. It goes up as it is: only a whole id means the same network a moment later.
 */
const networkId: Check<string> = (id, at) => {
  if (id === '') return;
  checkNetwork(id, at);
  if (at.on.factsOf({ kind: 'network', ref: id })?.id === id) return;
  report(at, `the network ${quoted(id)} could come to mean another`, 'its whole id, or none');
};

const endpointFields = fields<EndpointView>({
  IPAMConfig: feature('addresses'),
  Links: never,
  Aliases: feature('aliases'),
  MacAddress: feature('addresses'),
  DriverOpts: feature('endpoint-options'),
  GwPriority: feature('addresses'),
  NetworkID: networkId,
  // What follows is the daemon's to say; clients send back what they once got.
  EndpointID: free,
  Gateway: free,
  IPAddress: free,
  IPPrefixLen: free,
  IPv6Gateway: free,
  GlobalIPv6Address: free,
  GlobalIPv6PrefixLen: free,
  DNSNames: free,
});

export const endpoint: Check<EndpointView> = endpointFields;

/** NetworkingConfig.EndpointsConfig: the keys are names or ids of networks. */
export const endpoints: Check<Readonly<Record<string, EndpointView | null>>> = (map, at) => {
  for (const [ref, settings] of Object.entries(map)) {
    const here: At = { path: `${at.path}[${quoted(ref)}]`, on: at.on };
    checkNetwork(ref, here);
    if (settings !== null) endpointFields(settings, here);
  }
};

/** `name:address`, where the address may stand for the host. */
export const extraHosts: Check<readonly string[]> = each((text: string, at) => {
  feature('extra-hosts')(text, at);
  if (/host-gateway/i.test(text)) feature('host-gateway')(text, at);
});

const ipam = fields<NonNullable<BodyView<'network.create'>['IPAM']>>({
  Driver: (name, at) => {
    if (name !== 'default') never(name, at);
  },
  Options: never,
  Config: feature('subnets'),
});

export const networkCreate = fields<BodyView<'network.create'>>({
  Name: (name, at) => {
    checkListed('networks', name, at);
  },
  CheckDuplicate: free,
  Driver: listed('network-drivers'),
  Scope: feature('swarm-networks'),
  EnableIPv4: free,
  EnableIPv6: free,
  IPAM: ipam,
  Internal: free,
  Attachable: free,
  Ingress: feature('swarm-networks'),
  ConfigOnly: feature('swarm-networks'),
  ConfigFrom: (from, at) => {
    feature('swarm-networks')(from, at);
    // The daemon finds it by its exact name alone (moby libnetwork getConfigNetwork): that is what is judged.
    checkListed('networks', from.Network ?? '', inside(at, 'Network'));
  },
  Options: (options, { path, on }) => {
    for (const [name, value] of Object.entries(options)) {
      checkListed('network-options', `${name}=${value}`, { path: `${path}[${quoted(name)}]`, on });
    }
  },
  Labels: keysListed('labels'),
});

export const networkConnect = fields<BodyView<'network.connect'>>({
  Container: free,
  EndpointConfig: endpoint,
});

export const networkDisconnect = fields<BodyView<'network.disconnect'>>({
  Container: free,
  Force: free,
});
