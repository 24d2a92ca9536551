/**
 * Which extensions a CA, a server and a client get (RFC 5280, 4.2.1). They are exact: a server's
 * certificate cannot be used as a client's, nor the other way round.
 */
import type { KeyObject } from 'node:crypto';
import {
  authorityKeyId,
  basicConstraints,
  EKU,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyId,
  type Extension,
} from './extensions.ts';
import { keyIdentifier } from './keys.ts';
import type { San } from './sans.ts';

/**
 * A CA that signs leaves and revocation lists, and no further CA: path length 0. A successor is
 * trusted beside it (both in ca.pem), never below it, so nothing needs a longer path.
 */
export function authorityExtensions(publicKey: KeyObject): readonly Extension[] {
  const identifier = keyIdentifier(publicKey);
  return [
    basicConstraints({ pathLength: 0 }),
    keyUsage('keyCertSign', 'cRLSign'),
    subjectKeyId(identifier),
    authorityKeyId(identifier),
  ];
}

/** The listener's certificate: serverAuth only, reachable under `sans`. */
export function serverExtensions(
  publicKey: KeyObject,
  issuerKeyId: Buffer,
  sans: readonly San[],
): readonly Extension[] {
  return [...leafExtensions(publicKey, issuerKeyId, EKU.serverAuth), subjectAltName(sans)];
}

/** A user's certificate: clientAuth only. The user is the subject's CN, so there is no SAN. */
export function clientExtensions(publicKey: KeyObject, issuerKeyId: Buffer): readonly Extension[] {
  return leafExtensions(publicKey, issuerKeyId, EKU.clientAuth);
}

/**
 * digitalSignature alone, for RSA too: every TLS 1.3 suite and every TLS 1.2 suite that dockerd or
 * dockgate offers is ephemeral, so the key only ever signs.
 */
function leafExtensions(publicKey: KeyObject, issuerKeyId: Buffer, purpose: string): Extension[] {
  return [
    basicConstraints(false),
    keyUsage('digitalSignature'),
    extendedKeyUsage(purpose),
    subjectKeyId(keyIdentifier(publicKey)),
    authorityKeyId(issuerKeyId),
  ];
}
