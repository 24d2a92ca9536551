/** Writes and signs one certificate. What goes into it is decided by profiles.ts and validity.ts. */
import { randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import type { Extension } from './extensions.ts';
import {
  bitString,
  booleanTrue,
  encode,
  existingSequence,
  explicit,
  nullValue,
  octetString,
  oid,
  sequence,
  time,
  unsignedInteger,
  type Asn1,
} from './forge.ts';
import type { Validity } from './validity.ts';

/** What the new certificate says. */
export interface Template extends Validity {
  /** DER of the subject name. */
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Extension[];
  /** Big-endian bytes; without it 128 random bits. */
  readonly serial?: Uint8Array;
}

/** Who signs it: the DER of the issuer's name, and an RSA or EC private key. */
export interface Issuer {
  readonly name: Buffer;
  readonly key: KeyObject;
}

/**
 * An X.509 v3 certificate, signed with SHA-256. Throws a TypeError for an issuer's key that is
 * neither RSA nor EC. It checks nothing else: whether the issuer is a CA, and is valid, is asked
 * where authorities are loaded.
 */
export function issueCertificate(template: Template, issuer: Issuer): X509Certificate {
  const algorithm = signatureAlgorithm(issuer.key);
  const tbs = tbsCertificate(template, issuer.name, algorithm);
  const signature = sign('sha256', encode(tbs), issuer.key);
  return new X509Certificate(encode(sequence(tbs, algorithm, bitString(signature))));
}

function tbsCertificate(template: Template, issuerName: Buffer, algorithm: Asn1): Asn1 {
  return sequence(
    explicit(0, unsignedInteger(Buffer.from([2]))),
    unsignedInteger(template.serial ?? randomSerial()),
    algorithm,
    existingSequence(issuerName),
    sequence(time(template.notBefore), time(template.notAfter)),
    existingSequence(template.subject),
    existingSequence(template.publicKey.export({ type: 'spki', format: 'der' })),
    ...extensionsField(template.extensions),
  );
}

/** Left out where there are none: the list may not be empty (RFC 5280, 4.1). */
function extensionsField(extensions: readonly Extension[]): readonly Asn1[] {
  if (extensions.length === 0) return [];
  return [explicit(3, sequence(...extensions.map(extensionField)))];
}

/**
 * The AlgorithmIdentifier of a SHA-256 signature by this key: RSA carries NULL parameters (RFC 4055,
 * 5), ECDSA carries none (RFC 5758, 3.2). Throws a TypeError for keys that are neither.
 */
export function signatureAlgorithm(key: KeyObject): Asn1 {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return sequence(oid('1.2.840.113549.1.1.11'), nullValue());
    case 'ec':
      return sequence(oid('1.2.840.10045.4.3.2'));
    default:
      throw new TypeError(`cannot sign with a key of type ${key.asymmetricKeyType ?? 'unknown'}`);
  }
}

/**
 * 128 random bits. RFC 5280, 4.1.2.2 allows 20 bytes and forbids 0; the sign byte that half of
 * these need makes 17.
 */
function randomSerial(): Buffer {
  const serial = randomBytes(16);
  return serial.some((byte) => byte !== 0) ? serial : randomSerial();
}

/**
 * An Extension as it is written; `critical` is left out where false, since that is its DEFAULT
 * (X.690, 11.5).
 */
export function extensionField({ oid: id, critical, value }: Extension): Asn1 {
  return critical
    ? sequence(oid(id), booleanTrue(), octetString(value))
    : sequence(oid(id), octetString(value));
}
