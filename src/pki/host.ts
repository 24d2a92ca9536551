/** What this machine is called: the names that a server certificate gets without being asked. */
import { hostname, networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { isDnsName, parseSan, type San } from './sans.ts';

export interface Host {
  readonly name: string;
  /** IPv4 and IPv6 addresses as text. Those with a zone are left out: no certificate can name them. */
  readonly addresses: readonly string[];
}

/** The host name and the addresses of all interfaces, link-local IPv6 excepted. */
export function thisHost(): Host {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const reachable = all.filter((entry) => entry.family === 'IPv4' || entry.scopeid === 0);
  return { name: hostname(), addresses: reachable.map(({ address }) => address) };
}

/** localhost, 127.0.0.1, ::1, the host's name where it is a DNS name, and its addresses. */
export function defaultSans(host: Host): readonly San[] {
  const name = host.name.toLowerCase();
  const addresses = host.addresses.filter(
    (address) => isIP(address) !== 0 && !address.includes('%'),
  );
  const names = isDnsName(name) ? ['localhost', name] : ['localhost'];
  return [...names, '127.0.0.1', '::1', ...addresses].map(parseSan);
}

/** The CN of the server's certificate: for people only. A CN has at most 64 characters. */
export function serverName(host: Host): string {
  const name = host.name.toLowerCase();
  return isDnsName(name) && name.length <= 64 ? name : 'dockgate';
}
