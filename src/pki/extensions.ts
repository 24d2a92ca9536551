/** The X.509 v3 extensions that dockgate writes (RFC 5280, 4.2.1), one builder each. */
import {
  bitString,
  booleanTrue,
  encode,
  enumerated,
  implicit,
  octetString,
  oid,
  sequence,
  unsignedInteger,
  type Asn1,
} from './forge.ts';
import { EXTENSION_OID } from './oids.ts';
import { ipBytes, type San } from './sans.ts';

/** What a key may be used for, as OIDs of the extended key usage extension (RFC 5280, 4.2.1.12). */
export const EKU = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  any: '2.5.29.37.0',
} as const;

/** Bit numbers of the key usage extension (RFC 5280, 4.2.1.3). */
const KEY_USAGE_BIT = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, cRLSign: 6 };

export type KeyUsage = keyof typeof KEY_USAGE_BIT;

/** An extension ready to be put into a certificate: `value` is the DER inside its OCTET STRING. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

const extension = (id: string, critical: boolean, value: Asn1): Extension => ({
  oid: id,
  critical,
  value: encode(value),
});

/** CA:TRUE with a path length (how many CAs may follow below), or CA:FALSE. Critical in both cases. */
export function basicConstraints(ca: { readonly pathLength: number } | false): Extension {
  const fields = ca === false ? [] : [booleanTrue(), unsignedInteger(Buffer.from([ca.pathLength]))];
  return extension(EXTENSION_OID.basicConstraints, true, sequence(...fields));
}

/**
 * Critical, as RFC 5280 asks. A named bit list drops trailing zero bits in DER (X.690, 11.2.2), so
 * the number of unused bits follows from the highest bit that is set.
 */
export function keyUsage(...usages: readonly [KeyUsage, ...KeyUsage[]]): Extension {
  const bits = usages.map((usage) => KEY_USAGE_BIT[usage]);
  const byte = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  const unused = 7 - Math.max(...bits);
  return extension(EXTENSION_OID.keyUsage, true, bitString(Buffer.from([byte]), unused));
}

/** Takes OIDs, usually of {@link EKU}. */
export function extendedKeyUsage(...purposes: readonly string[]): Extension {
  return extension(EXTENSION_OID.extendedKeyUsage, false, sequence(...purposes.map(oid)));
}

/** Takes the identifier of the certificate's own key, see keyIdentifier in keys.ts. */
export function subjectKeyId(identifier: Uint8Array): Extension {
  return extension(EXTENSION_OID.subjectKeyIdentifier, false, octetString(identifier));
}

/** Takes the identifier of the issuer's key: its subject key identifier, byte for byte. */
export function authorityKeyId(identifier: Uint8Array): Extension {
  const value = sequence(implicit(0, identifier));
  return extension(EXTENSION_OID.authorityKeyIdentifier, false, value);
}

/** The names and addresses that a client may have dialled (RFC 5280, 4.2.1.6). */
export function subjectAltName(sans: readonly San[]): Extension {
  return extension(EXTENSION_OID.subjectAltName, false, sequence(...sans.map(generalName)));
}

/** The number of a CRL, which grows with each one of its issuer (RFC 5280, 5.2.3). */
export function crlNumber(number: bigint): Extension {
  return extension(EXTENSION_OID.crlNumber, false, unsignedInteger(bigEndian(number)));
}

/** Why a certificate was revoked, in an entry of a CRL (RFC 5280, 5.3.1). */
export function reasonCode(code: number): Extension {
  return extension(EXTENSION_OID.reasonCode, false, enumerated(code));
}

/** The bytes of a number that is not negative; throws a RangeError for one that is. */
function bigEndian(number: bigint): Buffer {
  if (number < 0n) throw new RangeError('a negative number');
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

function generalName({ kind, value }: San): Asn1 {
  return kind === 'dns' ? implicit(2, Buffer.from(value, 'latin1')) : implicit(7, ipBytes(value));
}
