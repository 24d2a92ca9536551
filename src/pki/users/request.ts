/**
 * Certification requests (PKCS#10, RFC 2986): how a user gets a certificate without ever giving the
 * key away. Of a request the public key is taken and nothing else: name, extensions and all that the
 * requester would like to be are decided here.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { CommandError } from '../../errors.ts';
import { requireAlgorithm } from '../crl/algorithms.ts';
import { DerCursor } from '../crl/cursor.ts';
import { readChildren, readTlv } from '../der-reader.ts';

/** Many times what a request of a strong key needs. */
const MAX_LENGTH = 65_536;

const BLOCK =
  /-----BEGIN (NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END \1?CERTIFICATE REQUEST-----/g;

const RSA_BITS = { least: 2048, most: 8192 };
const RSA_EXPONENT = 65_537n;
const CURVES: ReadonlySet<unknown> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

export interface CheckedRequest {
  readonly publicKey: KeyObject;
  /** The request alone, without what else stood in the file: people put keys there. */
  readonly pem: string;
}

/**
 * The public key of the one request in a PEM text, once its signature has proved that the requester
 * has the private key. Throws CSR_INVALID for anything else than exactly one request in DER, a
 * signature that does not hold or is made with SHA-1, and for weak or unusual keys: RSA below 2048
 * bits, curves other than P-256, P-384 and P-521, Ed25519, RSA-PSS. `source` is for messages.
 */
export function readRequest(pem: string, source: string): CheckedRequest {
  const blocks = pem.length > MAX_LENGTH ? [] : [...pem.matchAll(BLOCK)];
  const base64 = blocks[0]?.[2];
  if (base64 === undefined || blocks.length !== 1) {
    throw invalid(source, 'is not one certification request in PEM');
  }
  try {
    return { publicKey: verifiedKey(Buffer.from(base64, 'base64')), pem: pemOf(base64) };
  } catch (error) {
    if (error instanceof Refused) throw invalid(source, error.message);
    throw invalid(source, 'cannot be read as a certification request', error);
  }
}

function pemOf(base64: string): string {
  const lines = base64.replace(/\s/g, '').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** Says what is wrong; becomes CSR_INVALID. */
class Refused extends Error {}

function verifiedKey(der: Buffer): KeyObject {
  const outer = DerCursor.of(der, 'the request');
  const request = outer.sequence();
  outer.end();
  const info = request.take(0x30);
  const algorithm = readTlv(request.take(0x30)).content;
  const signature = readTlv(request.take(0x03)).content;
  request.end();
  const key = requestedKey(info);
  const { hash, keyType } = requireAccepted(algorithm);
  const signed =
    key.asymmetricKeyType === keyType &&
    signature[0] === 0 &&
    verify(hash, info, key, signature.subarray(1));
  if (!signed) throw new Refused('has a signature that does not hold: it was changed, or cut');
  return key;
}

function requireAccepted(algorithm: Buffer): ReturnType<typeof requireAlgorithm> {
  try {
    return requireAlgorithm(algorithm);
  } catch (error) {
    throw new Refused(error instanceof Error ? `is ${error.message}` : String(error));
  }
}

/** Version 0, a subject that is passed over, the key, and attributes that are passed over. */
function requestedKey(info: Buffer): KeyObject {
  const fields = DerCursor.of(info, 'the request').sequence();
  const version = readTlv(fields.take(0x02)).content;
  if (!version.equals(Buffer.from([0]))) throw new Refused('is of an unknown version');
  fields.take(0x30);
  const spki = fields.take(0x30);
  fields.optional(0xa0);
  fields.end();
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  requireStrong(key, spki);
  return key;
}

function requireStrong(key: KeyObject, spki: Buffer): void {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {};
  const kind = key.asymmetricKeyType ?? 'unknown';
  if (kind === 'rsa') {
    if (modulusLength < RSA_BITS.least || modulusLength > RSA_BITS.most) {
      throw new Refused(
        `has an RSA key of ${modulusLength} bits; ${RSA_BITS.least} to ${RSA_BITS.most} are accepted`,
      );
    }
    if (publicExponent < RSA_EXPONENT || publicExponent % 2n === 0n) {
      throw new Refused(`has an RSA key with the exponent ${publicExponent.toString()}`);
    }
    return;
  }
  if (kind !== 'ec' || !CURVES.has(namedCurve)) {
    throw new Refused(
      `has a key of kind ${namedCurve ?? kind}; RSA, P-256, P-384 and P-521 are accepted`,
    );
  }
  requirePlainPoint(spki);
}

/** A named curve and an uncompressed point (RFC 5480, 2): Go reads nothing else. */
function requirePlainPoint(spki: Buffer): void {
  const [algorithm, bits] = readChildren(readTlv(spki).content);
  const parameters = algorithm && readChildren(algorithm.content)[1];
  if (parameters?.tag === 0x06 && bits?.content[1] === 0x04) return;
  throw new Refused('has a key in a form that docker clients do not read');
}

function invalid(source: string, what: string, cause?: unknown): CommandError {
  return new CommandError(
    'CSR_INVALID',
    `${source} ${what}`,
    'make one with: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj / -out csr.pem',
    { cause },
  );
}
