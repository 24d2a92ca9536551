/**
 * Key and certificates in one encrypted file (PKCS#12, RFC 7292), as browsers and openssl import it.
 * Both are encrypted with AES-256-CBC under PBKDF2 (PBES2, RFC 8018), and a MAC with SHA-256 covers
 * the whole: what openssl 3 writes by default. node-forge writes such files for RSA keys alone.
 */
import {
  createCipheriv,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  type KeyObject,
  type X509Certificate,
} from 'node:crypto';
import {
  bmpString,
  encode,
  explicit,
  implicit,
  nullValue,
  octetString,
  oid,
  pkcs12MacKey,
  sequence,
  setOf,
  unsignedInteger,
  type Asn1,
} from '../forge.ts';

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

/**
 * Rounds of key derivation. The MAC's own derivation is as cheap to attack as the encryption's, so
 * both have the same; more would make old importers refuse or take seconds.
 */
const ITERATIONS = 10_000;

export interface Pkcs12Contents {
  readonly privateKey: KeyObject;
  readonly certificate: X509Certificate;
  /** CAs, so that who imports it can check the server. */
  readonly authorities: readonly X509Certificate[];
  /** What a browser calls it. */
  readonly name: string;
}

/** The file as DER. `passphrase` may be any text that is not empty. */
export function pkcs12(contents: Pkcs12Contents, passphrase: string): Buffer {
  const { privateKey, certificate, authorities, name } = contents;
  const attributes = ownAttributes(name, certificate);
  const key = privateKey.export({ type: 'pkcs8', format: 'der' });
  const certificates = [
    certificateBag(certificate, [attributes]),
    ...authorities.map((ca) => certificateBag(ca, [])),
  ];
  const keys = [bag(OID.shroudedKeyBag, encrypted(key, passphrase), [attributes])];
  const safe = encode(
    sequence(encryptedContent(encode(sequence(...certificates)), passphrase), plainContent(keys)),
  );
  return encode(sequence(small(3), content(safe), mac(safe, passphrase)));
}

function certificateBag(certificate: X509Certificate, attributes: readonly Asn1[]): Asn1 {
  const value = sequence(oid(OID.x509Certificate), explicit(0, octetString(certificate.raw)));
  return bag(OID.certBag, value, attributes);
}

function bag(type: string, value: Asn1, attributes: readonly Asn1[]): Asn1 {
  return sequence(oid(type), explicit(0, value), ...attributes);
}

/** The same identifier at key and certificate says that they belong together. */
function ownAttributes(name: string, certificate: X509Certificate): Asn1 {
  const id = Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex');
  return setOf(
    sequence(oid(OID.friendlyName), setOf(bmpString(name))),
    sequence(oid(OID.localKeyId), setOf(octetString(id))),
  );
}

function content(der: Buffer): Asn1 {
  return sequence(oid(OID.data), explicit(0, octetString(der)));
}

const plainContent = (bags: Asn1[]): Asn1 => content(encode(sequence(...bags)));

/** EncryptedData (RFC 5652, 8). */
function encryptedContent(der: Buffer, passphrase: string): Asn1 {
  const { algorithm, bytes } = encrypt(der, passphrase);
  const info = sequence(oid(OID.data), algorithm, implicit(0, bytes));
  return sequence(oid(OID.encryptedData), explicit(0, sequence(small(0), info)));
}

/** EncryptedPrivateKeyInfo (RFC 5958, 3). */
function encrypted(key: Buffer, passphrase: string): Asn1 {
  const { algorithm, bytes } = encrypt(key, passphrase);
  return sequence(algorithm, octetString(bytes));
}

function encrypt(der: Buffer, passphrase: string): { algorithm: Asn1; bytes: Buffer } {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const key = pbkdf2Sync(passphrase, salt, ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const derivation = sequence(
    octetString(salt),
    count(ITERATIONS),
    sequence(oid(OID.hmacSha256), nullValue()),
  );
  const scheme = sequence(
    sequence(oid(OID.pbkdf2), derivation),
    sequence(oid(OID.aes256Cbc), octetString(iv)),
  );
  return {
    algorithm: sequence(oid(OID.pbes2), scheme),
    bytes: Buffer.concat([cipher.update(der), cipher.final()]),
  };
}

function mac(safe: Buffer, passphrase: string): Asn1 {
  const salt = randomBytes(16);
  const key = pkcs12MacKey(passphrase, salt, ITERATIONS);
  const digest = createHmac('sha256', key).update(safe).digest();
  const info = sequence(sequence(oid(OID.sha256), nullValue()), octetString(digest));
  return sequence(info, octetString(salt), count(ITERATIONS));
}

const small = (value: number): Asn1 => unsignedInteger(Buffer.from([value]));

function count(value: number): Asn1 {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return unsignedInteger(bytes);
}
