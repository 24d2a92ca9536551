import type { X509Certificate } from 'node:crypto';

/** SHA-256 over the certificate's DER, 64 lower-case hex digits. */
export function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}
