/** The revocation lists in force, asked by issuer and serial number. */
import { createHash, type X509Certificate } from 'node:crypto';
import { CommandError } from '../../errors.ts';
import { subjectName } from '../x509-reader.ts';
import { normalSerial, type Crl } from './read.ts';

/** A list with the file that it stands in. */
export interface LocatedCrl {
  readonly crl: Crl;
  readonly path: string;
}

/** Asks the list of `issuer` for a serial number as `X509Certificate.serialNumber` has it. */
export type AskRevocations = (
  issuer: X509Certificate,
  serial: string,
) => undefined | 'in-doubt' | { readonly revoked: string };

/**
 * Puts lists together with the CAs that issued them. A list counts for its issuer's key, so that a CA
 * and its cross-signed certificate share one, and two CAs of the same name do not. Several lists of
 * one issuer all count.
 *
 * A list of a CA that is not among `trusted` waits until that CA turns up in a chain, and is verified
 * then; one that does not verify makes the question a doubt.
 *
 * @throws CommandError CRL_INVALID for a list that bears the name of a trusted CA and is not signed
 * by it.
 */
export function createRevocations(
  lists: readonly LocatedCrl[],
  trusted: readonly X509Certificate[],
): AskRevocations {
  const byKey = new Map<string, Crl[]>();
  const waiting: Crl[] = [];
  for (const { crl, path } of lists) {
    const namesakes = trusted.filter((ca) => isNamed(ca, crl.issuerName));
    const issuer = namesakes.find((ca) => crl.verify(ca));
    if (issuer !== undefined) add(byKey, keyId(issuer), crl);
    else if (namesakes.length > 0) throw notSigned(path);
    else waiting.push(crl);
  }
  const doubtful = new Set<string>();
  const met = new WeakSet<X509Certificate>();
  /** Whether one of the lists that wait is of this CA is found out once. */
  const meet = (issuer: X509Certificate, key: string): void => {
    met.add(issuer);
    for (const crl of waiting) {
      if (!isNamed(issuer, crl.issuerName)) continue;
      if (crl.verify(issuer)) add(byKey, key, crl);
      else doubtful.add(key);
    }
  };
  return (issuer, serial) => {
    const key = keyId(issuer);
    if (waiting.length > 0 && !met.has(issuer)) meet(issuer, key);
    const wanted = normalSerial(serial);
    for (const crl of byKey.get(key) ?? []) {
      const found = crl.revoked.get(wanted);
      if (found !== undefined) return { revoked: found.reason };
    }
    return doubtful.has(key) ? 'in-doubt' : undefined;
  };
}

function add(byKey: Map<string, Crl[]>, key: string, crl: Crl): void {
  const lists = byKey.get(key) ?? [];
  if (!lists.includes(crl)) lists.push(crl);
  byKey.set(key, lists);
}

function isNamed(ca: X509Certificate, name: Buffer): boolean {
  try {
    return subjectName(ca).equals(name);
  } catch {
    return false;
  }
}

function keyId({ publicKey }: X509Certificate): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

function notSigned(path: string): CommandError {
  return new CommandError(
    'CRL_INVALID',
    `${path} holds a revocation list that is not signed by the CA whose name it bears`,
    'fetch the list anew from its issuer; "dockgate client revoke" writes our own anew',
  );
}
