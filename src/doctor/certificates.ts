/** Do the certificates and keys belong together, and are they made for what they are used for? */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { EKU } from '../pki/extensions.ts';
import { failed, notChecked, ok, shellWord, type Check } from './check.ts';
import { chainOf, purposesOf, type Parsed } from './material.ts';

type Bundle = readonly [X509Certificate, ...X509Certificate[]];

/** What a listener or a client shows, and whom it believes. */
export interface Material {
  readonly ca: Parsed<Bundle>;
  readonly cert: Parsed<Bundle>;
  readonly key: Parsed<KeyObject>;
}

/** The same, where all of it could be read. */
export interface Readable {
  readonly ca: Bundle;
  readonly cert: Bundle;
  readonly key: KeyObject;
}

/** The material without its problems; undefined where it has one. */
export function readable({ ca, cert, key }: Material): Readable | undefined {
  if (ca.problem !== undefined || cert.problem !== undefined || key.problem !== undefined) {
    return undefined;
  }
  return { ca: ca.value, cert: cert.value, key: key.value };
}

/** Whose certificate it is, and the command that makes another. */
export interface Subject {
  readonly purpose: 'server' | 'client';
  readonly renew: string;
}

/** All three files are PEM that OpenSSL reads. Whether they are there is another check's business. */
export function checkPem({ ca, cert, key }: Material, { renew }: Subject, keyFile: string): Check {
  const name = 'PEM';
  const problems = [ca, cert, key].flatMap(({ problem }) => problem ?? []);
  if (problems.length === 0) return ok(name, 'CA, certificate and key can be read');
  if (problems.every((problem) => / E[A-Z]+$/.test(problem))) return notChecked(name, 'files');
  const file = shellWord(keyFile);
  const fix = key.problem?.endsWith('is encrypted')
    ? `write it without encryption: (umask 077; openssl pkey -in ${file} -out ${file}.new) && mv ${file}.new ${file}`
    : `restore the file from a copy, or make it anew: ${renew}`;
  return failed(name, problems.join('; '), fix);
}

/** The key is the one that the certificate was made for. */
export function checkKeyMatches({ cert, key }: Readable, { renew }: Subject): Check {
  const name = 'key matches';
  const { subject, fingerprint256 } = cert[0];
  if (cert[0].checkPrivateKey(key)) return ok(name, `the key of ${oneLine(subject)}`);
  return failed(
    name,
    `the key is not that of ${oneLine(subject)} (SHA-256 ${fingerprint256.slice(0, 11)}…)`,
    `put the pair back that belongs together, or make it anew: ${renew}`,
  );
}

/** The certificate leads to a self-signed CA of ca.pem. */
export function checkChain({ ca, cert }: Readable, { renew }: Subject): Check {
  const name = 'chain';
  const [leaf, ...between] = cert;
  const chain = chainOf(leaf, between, ca);
  if (chain !== undefined) {
    return ok(name, chain.map(({ subject }) => oneLine(subject)).join(' ← '));
  }
  const known = ca.map(({ subject }) => oneLine(subject)).join(', ');
  return failed(
    name,
    `issued by ${oneLine(leaf.issuer)}, which does not lead to ca.pem (${known})`,
    `put the ca.pem of the issuer in place, or make a certificate anew: ${renew}`,
  );
}

/** serverAuth for a listener, clientAuth for a client; no list at all means any (RFC 5280, 4.2.1.12). */
export function checkPurpose({ cert }: Readable, { purpose, renew }: Subject): Check {
  const name = 'purpose';
  const wanted = purpose === 'server' ? EKU.serverAuth : EKU.clientAuth;
  const word = purpose === 'server' ? 'serverAuth' : 'clientAuth';
  const purposes = purposesOf(cert[0]);
  if (purposes === undefined) return ok(name, `any (no extended key usage), ${word} included`);
  if (purposes.includes(wanted)) return ok(name, purposes.map(purposeName).join(', '));
  const found = `${purposes.map(purposeName).join(', ')}, not ${word}`;
  return failed(name, found, `make a ${purpose} certificate: ${renew}`);
}

/** Node writes a name with one attribute a line. */
export const oneLine = (name: string): string => name.replaceAll('\n', ', ') || '(no name)';

const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(EKU).map(([name, oid]) => [oid, name]),
);

const purposeName = (oid: string): string => NAMES[oid] ?? oid;
