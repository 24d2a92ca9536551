/** The parts of a certificate that signing another one needs and `X509Certificate` does not show. */
import type { X509Certificate } from 'node:crypto';
import { readChildren, readTlv, type Tlv } from './der-reader.ts';
import { EXTENSION_OID } from './extensions.ts';
import { encode, oid } from './forge.ts';

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
  const wanted = encode(oid(EXTENSION_OID.subjectKeyIdentifier));
  for (const extension of extensions(certificate)) {
    const parts = readChildren(extension.content);
    const value = parts.at(-1);
    if (parts[0]?.raw.equals(wanted) && value !== undefined) {
      return Buffer.from(readTlv(value.content).content);
    }
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
