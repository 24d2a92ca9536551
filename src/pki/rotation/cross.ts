/** The predecessor's word for its successor: the successor's name and key, signed by the CA before. */
import type { X509Certificate } from 'node:crypto';
import { isIssuedBy } from '../authority-checks.ts';
import { signerOf, type Authority } from '../authority.ts';
import { issueCertificate } from '../certificate.ts';
import { crossExtensions } from '../profiles.ts';
import { validityOf } from '../validity.ts';
import { pathLength, subjectName } from '../x509-reader.ts';

/**
 * The cross-signed certificate: valid as long as both are. Throws the predecessor's own error where
 * it cannot sign.
 */
export function crossSign(successor: X509Certificate, predecessor: Authority): X509Certificate {
  const signer = signerOf(predecessor);
  const { notBefore, notAfter } = validityOf(successor);
  const last = signer.validity.notAfter;
  return issueCertificate(
    {
      subject: subjectName(successor),
      publicKey: successor.publicKey,
      notBefore,
      notAfter: notAfter > last ? last : notAfter,
      extensions: crossExtensions(successor.publicKey, signer.keyId),
    },
    signer,
  );
}

/**
 * True where verifiers accept a CA below this one. A path length of 0, as many CAs have it, forbids
 * it, and Go and OpenSSL hold even the root to it (RFC 5280, 6.1.4 (m)).
 */
export function mayVouch({ certificate, trusted }: Authority): boolean {
  let current: X509Certificate | undefined = certificate;
  for (let below = 1; current !== undefined && below <= trusted.length + 1; below += 1) {
    const limit = pathLength(current);
    if (limit !== undefined && limit < below) return false;
    const child: X509Certificate = current;
    current = trusted.find((ca) => !ca.raw.equals(child.raw) && isIssuedBy(child, ca));
  }
  return true;
}
