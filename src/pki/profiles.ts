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
 * A CA that signs leaves, revocation lists and, when its time comes, its successor: path length 1, so
 * that a client who knows this CA alone accepts what the successor signed (see decision 0012).
 */
export function authorityExtensions(publicKey: KeyObject): readonly Extension[] {
  const identifier = keyIdentifier(publicKey);
  return [
    basicConstraints({ pathLength: 1 }),
    keyUsage('keyCertSign', 'cRLSign'),
    subjectKeyId(identifier),
    authorityKeyId(identifier),
  ];
}

/** A successor as its predecessor vouches for it: below it come leaves only. */
export function crossExtensions(publicKey: KeyObject, issuerKeyId: Buffer): readonly Extension[] {
  return [
    basicConstraints({ pathLength: 0 }),
    keyUsage('keyCertSign', 'cRLSign'),
    subjectKeyId(keyIdentifier(publicKey)),
    authorityKeyId(issuerKeyId),
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
