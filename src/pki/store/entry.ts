/** What the inventory says of a certificate, taken from the certificate. */
import { createHash, type X509Certificate } from 'node:crypto';
import { isUserName } from '../../user-name.ts';
import { EKU } from '../extensions.ts';
import type { InventoryEntry } from '../inventory.ts';
import { keyIdentifier } from '../keys.ts';
import { validityOf } from '../validity.ts';
import { authorityKeyIdentifier, subjectKeyIdentifier } from '../x509-reader.ts';

/** SHA-256 over the DER, 64 lower-case hex digits: how the audit trail names certificates too. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** What certificates of this CA have as `issuer` in the inventory. */
export function issuerId(ca: X509Certificate): string {
  return (subjectKeyIdentifier(ca) ?? keyIdentifier(ca.publicKey)).toString('hex');
}

/**
 * The entry of a certificate that is neither superseded nor revoked. `authorities` are the CAs that
 * are known; one that signed it is believed before what the certificate says of its issuer.
 */
export function entryOf(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): InventoryEntry {
  const { notBefore, notAfter } = validityOf(certificate);
  const kind = kindOf(certificate);
  const { CN, OU } = certificate.toLegacyObject().subject as Record<string, unknown>;
  return {
    serial: certificate.serialNumber,
    user: kind === 'client' ? printable(CN) : kind,
    kind,
    ...(kind === 'client' && isUserName(OU) ? { role: OU } : {}),
    issuer: issuerOf(certificate, authorities),
    fingerprint: fingerprintOf(certificate),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
  };
}

function kindOf(certificate: X509Certificate): InventoryEntry['kind'] {
  if (certificate.ca) return 'ca';
  // Undefined without the extension, though the types promise a list.
  const purposes = certificate.keyUsage as string[] | undefined;
  const serves = purposes?.includes(EKU.serverAuth) === true;
  return serves && !purposes.includes(EKU.clientAuth) ? 'server' : 'client';
}

/** A name that no user can have where the certificate's is none: the gate refuses it anyway. */
const printable = (name: unknown): string => (isUserName(name) ? name : '?');

function issuerOf(certificate: X509Certificate, authorities: readonly X509Certificate[]): string {
  const signer = authorities.find(
    (ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey),
  );
  if (signer !== undefined) return issuerId(signer);
  const named = authorityKeyIdentifier(certificate)?.toString('hex');
  return named ?? createHash('sha256').update(certificate.issuer).digest('hex');
}
