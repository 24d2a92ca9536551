/**
 * The DER vocabulary of pki/, and the only file that knows node-forge. Forge is used for its ASN.1
 * encoder alone: it has no ECDSA, so keys, SubjectPublicKeyInfo and signatures come from
 * node:crypto, and chains are verified by node:tls, never here.
 *
 * Forge keeps bytes in "binary strings" (one char per byte). They do not leave this file: the rest
 * of pki/ sees Buffers.
 */
import forge from 'node-forge';
import { readTlv } from './der-reader.ts';

const { asn1 } = forge;
const { Class, Type } = asn1;

/** Tags are plain numbers here: context tags and ready-made SEQUENCEs are not in forge's enum. */
const create: (
  tagClass: number,
  type: number,
  constructed: boolean,
  value: string | forge.asn1.Asn1[],
) => forge.asn1.Asn1 = asn1.create;

/** A piece of DER that is not yet written out; see {@link encode}. */
export type Asn1 = forge.asn1.Asn1;

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const primitive = (type: number, bytes: Uint8Array): Asn1 =>
  create(Class.UNIVERSAL, type, false, binary(bytes));

/** The DER bytes of a value. */
export function encode(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}

export function sequence(...items: Asn1[]): Asn1 {
  return create(Class.UNIVERSAL, Type.SEQUENCE, true, items);
}

/** A SET OF, its items in the order of their encodings (X.690, 11.6). */
export function setOf(...items: Asn1[]): Asn1 {
  const sorted = items
    .map((item) => ({ item, der: encode(item) }))
    .toSorted((a, b) => Buffer.compare(a.der, b.der));
  return create(
    Class.UNIVERSAL,
    Type.SET,
    true,
    sorted.map(({ item }) => item),
  );
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Asn1 {
  return create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(dotted).getBytes());
}

/**
 * A positive INTEGER from big-endian bytes of any length. Forge strips one leading zero at most and
 * adds none, so the minimal form (X.690, 8.3.2) is made here.
 */
export function unsignedInteger(bigEndian: Uint8Array): Asn1 {
  const first = bigEndian.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Buffer.from([0]) : Buffer.from(bigEndian.subarray(first));
  const needsSignByte = (digits[0] ?? 0) >= 0x80;
  return primitive(
    Type.INTEGER,
    needsSignByte ? Buffer.concat([Buffer.from([0]), digits]) : digits,
  );
}

/** An ENUMERATED below 128. */
export function enumerated(value: number): Asn1 {
  return primitive(Type.ENUMERATED, Buffer.from([value]));
}

/** BOOLEAN TRUE. There is no FALSE: it is a DEFAULT wherever X.509 uses it, and DER leaves it out. */
export function booleanTrue(): Asn1 {
  return primitive(Type.BOOLEAN, Buffer.from([0xff]));
}

export function nullValue(): Asn1 {
  return primitive(Type.NULL, Buffer.alloc(0));
}

/** A UTF8String. Forge takes the encoded bytes, not the text. */
export function utf8String(text: string): Asn1 {
  return primitive(Type.UTF8, Buffer.from(text, 'utf8'));
}

/** A BMPString. Of all strings this is the one that forge takes as text, and encodes itself. */
export function bmpString(text: string): Asn1 {
  return create(Class.UNIVERSAL, Type.BMPSTRING, false, text);
}

export function octetString(bytes: Uint8Array): Asn1 {
  return primitive(Type.OCTETSTRING, bytes);
}

/** A BIT STRING whose last byte has `unused` bits (0 to 7) that do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Asn1 {
  return primitive(Type.BITSTRING, Buffer.concat([Buffer.from([unused]), bytes]));
}

/**
 * A Time as RFC 5280, 4.1.2.5 wants it: UTCTime from 1950 to 2049, GeneralizedTime otherwise, whole
 * seconds, always Z.
 */
export function time(date: Date): Asn1 {
  const digits = date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const year = date.getUTCFullYear();
  const short = year >= 1950 && year < 2050;
  return primitive(
    short ? Type.UTCTIME : Type.GENERALIZEDTIME,
    Buffer.from(short ? digits.slice(2) : digits),
  );
}

/** `[tag] EXPLICIT`: the value wrapped whole. */
export function explicit(tag: number, value: Asn1): Asn1 {
  return create(Class.CONTEXT_SPECIFIC, tag, true, [value]);
}

/** `[tag] IMPLICIT` over a primitive type: the content bytes under another tag. */
export function implicit(tag: number, content: Uint8Array): Asn1 {
  return create(Class.CONTEXT_SPECIFIC, tag, false, binary(content));
}

/**
 * A SEQUENCE that exists as DER already, carried over byte for byte. Parsing and writing it again
 * could change it (forge opens BIT STRINGs that look like DER), and an issuer name has to be equal
 * to the CA's subject in every byte.
 */
export function existingSequence(der: Buffer): Asn1 {
  const { tag, content } = readTlv(der);
  if (tag !== 0x30) throw new TypeError('existingSequence takes the DER of one SEQUENCE');
  // The tag with its "constructed" bit set and a string as value: forge writes both as they are.
  return create(Class.UNIVERSAL, tag, false, binary(content));
}

/** Missing in the types of forge. */
interface Pkcs12 {
  readonly generateKey: (
    password: string,
    salt: forge.util.ByteStringBuffer,
    id: number,
    iterations: number,
    bytes: number,
    digest: forge.md.MessageDigest,
  ) => forge.util.ByteStringBuffer;
}

/** The key for the MAC of a PKCS#12 file (RFC 7292, B.2 with ID 3), 32 bytes for SHA-256. */
export function pkcs12MacKey(passphrase: string, salt: Uint8Array, iterations: number): Buffer {
  const { generateKey } = forge.pkcs12 as unknown as Pkcs12;
  const buffer = forge.util.createBuffer(binary(salt));
  const key = generateKey(passphrase, buffer, 3, iterations, 32, forge.md.sha256.create());
  return Buffer.from(key.getBytes(), 'latin1');
}
