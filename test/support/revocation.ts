import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RevocationReason } from '../../src/pki/crl/reasons.ts';
import { buildCrl } from '../../src/pki/crl/write.ts';
import { keyIdentifier } from '../../src/pki/keys.ts';
import { subjectName } from '../../src/pki/x509-reader.ts';
import type { Issued, ThrowawayCa } from './throwaway-ca.ts';

const DAY_MS = 86_400_000;

export interface CrlOptions {
  readonly number?: bigint;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  readonly reason?: RevocationReason;
}

/** A revocation list of this CA, PEM. */
export function crlFor(
  ca: Pick<ThrowawayCa, 'certificate' | 'keys'>,
  revoked: readonly Pick<Issued, 'serial'>[],
  options: CrlOptions = {},
): string {
  const { number = 1n, thisUpdate = new Date(), reason = 'keyCompromise' } = options;
  return buildCrl({
    issuer: {
      name: subjectName(ca.certificate),
      key: ca.keys.privateKey,
      keyId: keyIdentifier(ca.keys.publicKey),
    },
    number,
    thisUpdate,
    nextUpdate: options.nextUpdate ?? new Date(thisUpdate.getTime() + 7 * DAY_MS),
    revoked: revoked.map(({ serial }) => ({ serial, at: thisUpdate, reason })),
  });
}

/** As the commands write: to a temporary name beside it, then renamed over it. */
export async function replaceFile(path: string, data: string): Promise<void> {
  await writeFile(`${path}.new`, data);
  await rename(`${path}.new`, path);
}

export const crlPath = (certsDir: string): string => join(certsDir, 'crl.pem');

/** Revokes certificates of a CA by its list alone. */
export function revoke(
  certsDir: string,
  ca: Pick<ThrowawayCa, 'certificate' | 'keys'>,
  revoked: readonly Pick<Issued, 'serial'>[],
  options?: CrlOptions,
): Promise<void> {
  return replaceFile(crlPath(certsDir), crlFor(ca, revoked, options));
}

/** What the inventory may say of a certificate, beside what the certificate says itself. */
export interface Fate {
  readonly supersededAt?: string;
  readonly revoked?: { readonly at: string; readonly reason: RevocationReason };
}

/** `inventory.json` with these certificates in it. */
export function writeInventory(
  certsDir: string,
  entries: readonly (readonly [Issued, Fate])[],
): Promise<void> {
  const certificates = entries.map(([{ certificate }, fate]) => ({
    serial: certificate.serialNumber,
    user: 'alice',
    kind: 'client',
    issuer: 'ab',
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: new Date(certificate.validFrom).toISOString(),
    notAfter: new Date(certificate.validTo).toISOString(),
    ...fate,
  }));
  const text = JSON.stringify({ about: 'a test', version: 1, certificates });
  return replaceFile(join(certsDir, 'inventory.json'), text);
}
