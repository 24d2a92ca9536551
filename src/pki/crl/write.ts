/** Writes and signs a certificate revocation list (RFC 5280, 5), version 2. */
import { sign, type KeyObject } from 'node:crypto';
import { extensionField, signatureAlgorithm } from '../certificate.ts';
import { authorityKeyId, crlNumber, reasonCode } from '../extensions.ts';
import {
  bitString,
  encode,
  existingSequence,
  explicit,
  sequence,
  time,
  unsignedInteger,
  type Asn1,
} from '../forge.ts';
import { codeOfReason, type RevocationReason } from './reasons.ts';

/** A certificate that is no longer to be trusted. */
export interface RevokedEntry {
  /** Upper-case hex, as `X509Certificate.serialNumber` has it. */
  readonly serial: string;
  readonly at: Date;
  readonly reason: RevocationReason;
}

/** What a CRL says, and who signs it. */
export interface CrlTerms {
  readonly issuer: {
    /** DER of the CA's subject, byte for byte. */
    readonly name: Buffer;
    /** RSA or EC private key. */
    readonly key: KeyObject;
    /** The CA's subject key identifier. */
    readonly keyId: Uint8Array;
  };
  /** Has to be greater than that of the list before (RFC 5280, 5.2.3). */
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revoked: readonly RevokedEntry[];
}

/**
 * The list as PEM, signed with SHA-256. Entries stand in the order given. Throws a TypeError for a
 * key that is neither RSA nor EC and for a serial that is not hex, a RangeError for a negative
 * number.
 */
export function buildCrl(terms: CrlTerms): string {
  const { key } = terms.issuer;
  const algorithm = signatureAlgorithm(key);
  const tbs = tbsCertList(terms, algorithm);
  const signature = sign('sha256', encode(tbs), key);
  return pem(encode(sequence(tbs, algorithm, bitString(signature))));
}

function tbsCertList(terms: CrlTerms, algorithm: Asn1): Asn1 {
  const { issuer, number, thisUpdate, nextUpdate, revoked } = terms;
  const extensions = [authorityKeyId(issuer.keyId), crlNumber(number)];
  return sequence(
    // The number 1 stands for version 2.
    unsignedInteger(Buffer.from([1])),
    algorithm,
    existingSequence(issuer.name),
    time(thisUpdate),
    time(nextUpdate),
    // Absent, not empty, where nothing is revoked (RFC 5280, 5.1.2.6).
    ...(revoked.length === 0 ? [] : [sequence(...revoked.map(entry))]),
    explicit(0, sequence(...extensions.map(extensionField))),
  );
}

function entry({ serial, at, reason }: RevokedEntry): Asn1 {
  const fields = [unsignedInteger(serialBytes(serial)), time(at)];
  // RFC 5280, 5.3.1: no reason code rather than `unspecified`.
  if (reason === 'unspecified') return sequence(...fields);
  return sequence(...fields, sequence(extensionField(reasonCode(codeOfReason(reason)))));
}

function serialBytes(serial: string): Buffer {
  if (!/^[0-9A-F]+$/i.test(serial)) throw new TypeError(`not a serial number in hex: ${serial}`);
  return Buffer.from(serial.padStart(serial.length + (serial.length % 2), '0'), 'hex');
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n');
}
