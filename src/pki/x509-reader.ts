/** The parts of a certificate that signing another one needs and `X509Certificate` does not show. */
import type { X509Certificate } from 'node:crypto';
import { oidText } from './crl/values.ts';
import { readChildren, readTlv, type Tlv } from './der-reader.ts';
import { EXTENSION_OID } from './oids.ts';

const VERSION_TAG = 0xa0;
const EXTENSIONS_TAG = 0xa3;

/**
 * The subject name as DER, exactly as the certificate has it: what it signs must repeat these bytes
 * as issuer, whatever string types they use (RFC 5280, 4.1.2.4). Throws a TypeError for bytes that
 * are not DER.
 */
export function subjectName(certificate: X509Certificate): Buffer {
  // serialNumber, signature, issuer, validity, subject (RFC 5280, 4.1).
  const subject = tbsFields(certificate).filter(({ tag }) => tag !== VERSION_TAG)[4];
  if (subject === undefined) throw new TypeError('a certificate without a subject');
  return Buffer.from(subject.raw);
}

/** The subject key identifier (RFC 5280, 4.2.1.2), or undefined where the certificate has none. */
export function subjectKeyIdentifier(certificate: X509Certificate): Buffer | undefined {
  const value = extensionValue(certificate, EXTENSION_OID.subjectKeyIdentifier);
  return value === undefined ? undefined : Buffer.from(readTlv(value).content);
}

/**
 * The key identifier of the issuer (RFC 5280, 4.2.1.1), or undefined where the certificate names it
 * in another way or not at all.
 */
export function authorityKeyIdentifier(certificate: X509Certificate): Buffer | undefined {
  const value = extensionValue(certificate, EXTENSION_OID.authorityKeyIdentifier);
  if (value === undefined) return undefined;
  const keyId = readChildren(readTlv(value).content).find(({ tag }) => tag === 0x80);
  return keyId === undefined ? undefined : Buffer.from(keyId.content);
}

/**
 * The names and addresses that a certificate is for (RFC 5280, 4.2.1.6), as `parseSan` takes them;
 * what is neither is passed over. Read from the DER: the text that Node has of it would have to be
 * split, and names could hold what it is split at.
 */
export function subjectAltNames(certificate: X509Certificate): readonly string[] {
  const value = extensionValue(certificate, EXTENSION_OID.subjectAltName);
  if (value === undefined) return [];
  return readChildren(readTlv(value).content).flatMap(({ tag, content }) => {
    if (tag === DNS_NAME_TAG) return [content.toString('latin1')];
    return tag === IP_ADDRESS_TAG ? [addressText(content)] : [];
  });
}

const DNS_NAME_TAG = 0x82;
const IP_ADDRESS_TAG = 0x87;

/** The long form of IPv6, which `parseSan` makes canonical. */
function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
}

/**
 * How many CAs may follow below this one (RFC 5280, 4.2.1.9); undefined where it sets no limit.
 */
export function pathLength(certificate: X509Certificate): number | undefined {
  const value = extensionValue(certificate, EXTENSION_OID.basicConstraints);
  if (value === undefined) return undefined;
  const limit = readChildren(readTlv(value).content).find(({ tag }) => tag === 0x02);
  return limit === undefined ? undefined : limit.content.readUIntBE(0, limit.content.length);
}

/**
 * True where the certificate's key usage allows to sign revocation lists, or where it has none,
 * which allows everything (RFC 5280, 4.2.1.3).
 */
export function maySignLists(certificate: X509Certificate): boolean {
  const usage = extensionValue(certificate, EXTENSION_OID.keyUsage);
  if (usage === undefined) return true;
  // A BIT STRING: how many bits do not count, then the bits; cRLSign is the seventh.
  const [, bits = 0] = readTlv(usage).content;
  return (bits & CRL_SIGN) !== 0;
}

const CRL_SIGN = 0x80 >> 6;

/** What the OCTET STRING of an extension holds, or undefined where the certificate has none. */
function extensionValue(certificate: X509Certificate, id: string): Buffer | undefined {
  for (const extension of extensions(certificate)) {
    const parts = readChildren(extension.content);
    const [name, value] = [parts[0], parts.at(-1)];
    if (name !== undefined && oidText(name.content) === id) return value?.content;
  }
  return undefined;
}

function tbsFields(certificate: X509Certificate): readonly Tlv[] {
  const tbs = readTlv(readTlv(certificate.raw).content);
  return readChildren(tbs.content);
}

function extensions(certificate: X509Certificate): readonly Tlv[] {
  const field = tbsFields(certificate).find(({ tag }) => tag === EXTENSIONS_TAG);
  return field === undefined ? [] : readChildren(readTlv(field.content).content);
}
