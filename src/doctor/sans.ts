import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { ListenAddress } from '../config/schema.ts';
import { failed, ok, shellWord, shortList, warning, type Check } from './check.ts';

/** What clients may dial. */
export interface DialledNames {
  /** Named by the operator: an address to listen on, or `--address`. Each has to be covered. */
  readonly required: readonly string[];
  /** Of this machine, where the gate listens on all addresses. One at least has to be covered. */
  readonly possible: readonly string[];
}

/**
 * The certificate names what clients dial; the CN does not count, as for every client.
 *
 * @param renew the command that renews the server's certificate, to which names are added.
 */
export function checkSans(
  certificate: X509Certificate,
  { required, possible }: DialledNames,
  renew: string,
): Check {
  const name = 'names';
  const names = sanNames(certificate);
  const found = shortList(names, 6);
  const missing = required.filter((host) => !covers(certificate, host));
  if (missing.length > 0) {
    const known = names.length === 0 ? 'it names nothing' : `it names ${found}`;
    return failed(
      name,
      `not in the certificate: ${missing.join(', ')}; ${known}`,
      adding(renew, missing),
    );
  }
  const uncovered = possible.filter((host) => !covers(certificate, host));
  if (uncovered.length === 0) return ok(name, found);
  const notNamed = `not in the certificate: ${shortList(uncovered)}`;
  if (uncovered.length === possible.length) {
    const text = `${notNamed}; it names ${found || 'nothing'}`;
    return failed(name, text, adding(renew, uncovered));
  }
  return warning(
    name,
    `${notNamed}; clients that dial it are refused by their own check`,
    `if one is dialled: ${adding(renew, uncovered)}`,
  );
}

/** True where a client that dials `host` accepts the certificate; wildcards count. */
export function covers(certificate: X509Certificate, host: string): boolean {
  return isIP(host) === 0
    ? certificate.checkHost(host, { subject: 'never' }) !== undefined
    : certificate.checkIP(host) !== undefined;
}

/** The names of a certificate as people write them: without `DNS:` and `IP Address:`. */
export function sanNames(certificate: X509Certificate): string[] {
  const text = (certificate as { readonly subjectAltName?: string }).subjectAltName ?? '';
  return text
    .split(', ')
    .map((entry) => plainAddress(entry.replace(/^[^:]*:/, '')))
    .filter((entry) => entry !== '');
}

/** Node writes IPv6 without `::`. */
function plainAddress(text: string): string {
  return isIP(text) === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
/** Interfaces that only containers and virtual machines of this host reach. */
const INTERNAL = /^(?:lo|docker|br-|veth|virbr|cni|flannel|podman|lxc|lxd|tun|tap)/;

/** How a machine is called. */
interface Machine {
  readonly name: string;
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
}

/**
 * What clients may dial, from what is listened on, what was given, and what this machine is called.
 *
 * @param host undefined where nobody dials it by a name of its own.
 */
export function dialledNames(
  listen: readonly ListenAddress[],
  given: readonly string[],
  host: Machine | undefined,
): DialledNames {
  const everywhere = listen.some((address) => WILDCARDS.has(address.host));
  const named = listen.map((address) => address.host).filter((address) => !WILDCARDS.has(address));
  const interfaces = Object.entries(host?.interfaces ?? {})
    .filter(([name]) => !INTERNAL.test(name))
    .flatMap(([, entries]) => entries ?? [])
    .filter((entry) => !entry.internal && !(entry.family === 'IPv6' && entry.scopeid !== 0))
    .map(({ address }) => address);
  const own = host === undefined ? [] : [host.name.toLowerCase(), ...interfaces];
  const possible = everywhere ? own : [];
  return { required: [...new Set([...given, ...named])], possible: [...new Set(possible)] };
}

const adding = (renew: string, hosts: readonly string[]): string =>
  [renew, ...hosts.map((host) => `--san ${shellWord(host)}`)].join(' ');
