/**
 * Reads certificate revocation lists (RFC 5280, 5) of whatever origin, by hand: a list of 10,000
 * entries has to be in force a moment after it was written. What cannot be understood to the last
 * byte is refused as a whole, since what was not understood could be a revocation.
 */
import { verify, type X509Certificate } from 'node:crypto';
import { CommandError } from '../../errors.ts';
import { EXTENSION_OID } from '../oids.ts';
import { maySignLists, subjectName } from '../x509-reader.ts';
import { DerCursor } from './cursor.ts';
import { readEntries, type Revoked } from './entries.ts';
import { requireAlgorithm, type SignatureCheck } from './algorithms.ts';
import { bigIntegerOf, readExtensions, soleInteger } from './values.ts';

/** One list, read. Whether its signature holds is a question of its own: see `verify`. */
export interface Crl {
  /** DER of the issuer's name. */
  readonly issuerName: Buffer;
  /** Undefined for lists that carry none (version 1). */
  readonly number: bigint | undefined;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** By serial number, in the form of {@link normalSerial}. */
  readonly revoked: ReadonlyMap<string, Revoked>;
  /**
   * True where this CA issued the list: same name, a key that may sign lists, and the signature
   * holds.
   */
  verify(ca: X509Certificate): boolean;
}

export type { Revoked } from './entries.ts';
export { normalSerial } from './values.ts';

const BEGIN = '-----BEGIN X509 CRL-----';
const END = '-----END X509 CRL-----';

/**
 * All lists of a PEM file, in order, at least one; text between them is passed over.
 *
 * @param path for messages.
 * @throws CommandError CRL_INVALID where there is none, or one that is broken, partial (delta,
 * indirect, limited by an issuing distribution point), carries a critical extension that is not
 * known, or is signed in a way that is not accepted.
 */
export function readCrls(text: string, path: string): readonly Crl[] {
  const blocks = text.split(BEGIN).slice(1);
  if (blocks.length === 0) throw invalid(path, 'holds no revocation list in PEM');
  return blocks.map((block) => {
    const end = block.indexOf(END);
    if (end === -1) throw invalid(path, 'ends inside a revocation list');
    return readBlock(block.slice(0, end), path);
  });
}

function readBlock(base64: string, path: string): Crl {
  if (!/^[A-Za-z0-9+/=\s]*$/.test(base64)) throw invalid(path, 'holds a list that is not base64');
  try {
    return parseCrl(Buffer.from(base64, 'base64'));
  } catch (error) {
    if (error instanceof TypeError) throw invalid(path, error.message, error);
    throw error;
  }
}

/** Throws a TypeError that says what is not as it should be. */
function parseCrl(der: Buffer): Crl {
  const outer = DerCursor.of(der, 'the list');
  const list = outer.sequence();
  outer.end();
  const tbs = list.take(0x30);
  const fields = list.inside();
  const algorithm = list.take(0x30);
  const check = requireAlgorithm(list.content);
  list.expect(0x03);
  const bits = list.content;
  list.end();
  if (bits[0] !== 0) throw new TypeError('a signature that is no whole number of bytes');
  const content = readTbs(fields, algorithm);
  const signed = { data: tbs, signature: bits.subarray(1), check };
  return { ...content, verify: (ca) => isIssuedBy(ca, content.issuerName, signed) };
}

function readTbs(fields: DerCursor, algorithm: Buffer): Omit<Crl, 'verify'> {
  const versioned = fields.at(0x02);
  if (versioned && bigIntegerOf(fields.integerHex()) !== 1n) {
    throw new TypeError('a list of an unknown version');
  }
  if (!fields.take(0x30).equals(algorithm)) throw new TypeError('two signature algorithms');
  const issuerName = fields.take(0x30);
  const thisUpdate = fields.time();
  const nextUpdate = fields.optionalTime();
  const revoked: Crl['revoked'] = fields.skip(0x30) ? readEntries(fields.inside()) : new Map();
  const extended = fields.skip(0xa0);
  const number = extended ? readListExtensions(fields.inside()) : undefined;
  fields.end();
  if (!versioned && extended) throw new TypeError('extensions in a list of version 1');
  return { issuerName, number, thisUpdate, nextUpdate, revoked };
}

const PARTIAL: Readonly<Record<string, string>> = {
  '2.5.29.27': 'a delta list, which says only what has changed',
  '2.5.29.28': 'a list limited by an issuing distribution point',
};

/** @returns the list's number; throws where an extension would change what the list means. */
function readListExtensions(wrapper: DerCursor): bigint | undefined {
  let number: bigint | undefined;
  for (const { id, critical, value } of readExtensions(wrapper.sequence())) {
    const partial = PARTIAL[id];
    if (partial !== undefined) throw new TypeError(partial);
    if (id === EXTENSION_OID.crlNumber) number = soleInteger(value);
    else if (critical) throw new TypeError(`an unknown critical extension (${id})`);
  }
  wrapper.end();
  return number;
}

function isIssuedBy(
  ca: X509Certificate,
  issuerName: Buffer,
  signed: { data: Buffer; signature: Buffer; check: SignatureCheck },
): boolean {
  const { data, signature, check } = signed;
  try {
    if (!subjectName(ca).equals(issuerName) || !maySignLists(ca)) return false;
    if (ca.publicKey.asymmetricKeyType !== check.keyType) return false;
    return verify(check.hash, data, ca.publicKey, signature);
  } catch {
    return false;
  }
}

function invalid(path: string, what: string, cause?: unknown): CommandError {
  return new CommandError(
    'CRL_INVALID',
    `${path} cannot be used as a revocation list: ${what}`,
    'bring a complete list of the issuer, as "openssl crl -text" shows it; "dockgate client revoke" writes our own anew',
    { cause },
  );
}
