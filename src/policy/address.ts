import { BlockList, isIP } from 'node:net';

/** A set of IP networks. */
export interface Networks {
  /** False for what is no address at all. */
  contains(address: string): boolean;
}

/** True for `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  return readNetwork(text) !== undefined;
}

function readNetwork(text: string) {
  const { address = '', prefix } = /^(?<address>[^/]*)(?:\/(?<prefix>[0-9]{1,3}))?$/.exec(text)
    ?.groups ?? { address: '' };
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  return length > bits ? undefined : { address, length, family: family(version) };
}

function family(version: number): 'ipv4' | 'ipv6' {
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** @param texts each of which {@link isNetwork} takes. */
export function compileNetworks(texts: readonly string[]): Networks {
  const list = new BlockList();
  for (const text of texts) {
    const network = readNetwork(text);
    if (network !== undefined) list.addSubnet(network.address, network.length, network.family);
  }
  return {
    contains: (text) => {
      // The zone of a link-local address says which interface, not which network.
      const address = plainAddress(text).replace(/%.*$/s, '');
      const version = isIP(address);
      return version !== 0 && list.check(address, family(version));
    },
  };
}

/** An IPv4 address that a socket of both families shows as `::ffff:192.0.2.7` is that address. */
export function plainAddress(text: string): string {
  return text.replace(/^::ffff:(?=[0-9]+\.)/i, '');
}
