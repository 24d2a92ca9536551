/** The users' directories: is each pair whole, ours, and alive? */
import type { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { EKU } from '../pki/extensions.ts';
import { CLIENT_FILE } from '../pki/layout.ts';
import { validityOf } from '../pki/validity.ts';
import { failed, skipped, type Check } from './check.ts';
import { checkExpiry } from './expiry.ts';
import { directoriesIn, lookAt, type FileFact } from './file-facts.ts';
import { chainOf, parseCertificates, parseKey, purposesOf } from './material.ts';

/** One user's directory. */
export interface ClientFact {
  readonly name: string;
  readonly directory: FileFact;
  readonly cert: FileFact;
  readonly key: FileFact;
}

/** @param clients the directory that holds one directory for each user. */
export function readClients(clients: string): ClientFact[] {
  return directoriesIn(clients).map((name) => ({
    name,
    directory: lookAt(join(clients, name)),
    cert: lookAt(join(clients, name, CLIENT_FILE.cert)),
    key: lookAt(join(clients, name, CLIENT_FILE.key)),
  }));
}

/**
 * Every user's certificate can be used here. The key may be missing: it may never have left the
 * user's machine.
 *
 * @param trusted the certificates of ca.pem.
 * @param now ms since the epoch.
 * @param renew the command that renews a user's certificate.
 */
export function checkClients(
  clients: readonly ClientFact[],
  trusted: readonly X509Certificate[],
  now: number,
  renew: (name: string) => string,
): Check {
  const name = 'clients';
  if (clients.length === 0) return skipped(name, 'no user has a directory here');
  const living: { readonly name: string; readonly certificate: X509Certificate }[] = [];
  for (const client of clients) {
    const certificate = usable(client, trusted);
    if (typeof certificate === 'string') {
      return failed(name, `${client.name}: ${certificate}`, renew(client.name));
    }
    living.push({ name: client.name, certificate });
  }
  const [first, ...rest] = living;
  if (first === undefined) return skipped(name, 'no user has a directory here');
  const next = rest.reduce((a, b) => (endOf(b) < endOf(a) ? b : a), first);
  const check = checkExpiry(name, next.certificate, now, renew(next.name));
  const count = clients.length === 1 ? '1 user' : `${clients.length} users`;
  return { ...check, found: `${count}; the next to end is ${next.name}: ${check.found}` };
}

/** A user's certificate, or what is wrong with it. */
export function usable(
  { cert, key }: ClientFact,
  trusted: readonly X509Certificate[],
): X509Certificate | string {
  const certificates = parseCertificates(cert);
  if (certificates.problem !== undefined) return certificates.problem;
  const [leaf, ...between] = certificates.value;
  if (key.error !== 'ENOENT') {
    const pair = parseKey(key);
    if (pair.problem !== undefined) return pair.problem;
    if (!leaf.checkPrivateKey(pair.value)) return `${key.path} is not the key of ${cert.path}`;
  }
  if (chainOf(leaf, between, trusted) === undefined) {
    return `${cert.path} is not signed by a CA of ca.pem`;
  }
  if (purposesOf(leaf)?.includes(EKU.clientAuth) === false) {
    return `${cert.path} is not made for clients (clientAuth)`;
  }
  return leaf;
}

const endOf = ({ certificate }: { readonly certificate: X509Certificate }): number =>
  validityOf(certificate).notAfter.getTime();
