/**
 * The authority that signs: made here, or adopted from files that were there before (a `dockerd
 * --tlsverify` set-up, for one). An adopted one is used as it is and never changed.
 */
import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { basename } from 'node:path';
import { CommandError } from '../errors.ts';
import { requireKeyStrength, requireUsable } from './authority-checks.ts';
import { issueCertificate, type Issuer } from './certificate.ts';
import { CERTIFICATE_MODE, createFiles, KEY_MODE } from './files.ts';
import {
  generateKeys,
  isEncrypted,
  keyIdentifier,
  privateKeyPem,
  readPrivateKey,
  requireSameKey,
  type KeySpec,
} from './keys.ts';
import type { PairPaths } from './layout.ts';
import { commonName } from './names.ts';
import { readCertificates } from './pem.ts';
import { authorityExtensions } from './profiles.ts';
import { readPair, type TextFile } from './read-files.ts';
import { issuerId } from './store/entry.ts';
import { authorityValidity, validityOf, type Validity } from './validity.ts';
import { subjectKeyIdentifier, subjectName } from './x509-reader.ts';

export interface Authority {
  /** What its certificates have as `issuer` in the inventory. */
  readonly id: string;
  /** The certificate that signs. */
  readonly certificate: X509Certificate;
  /** All of ca.pem: what clients and the listener trust. */
  readonly trusted: readonly X509Certificate[];
  /** The private key, or the error that tells why nothing can be signed. */
  readonly key: KeyObject | CommandError;
  readonly keyFile: TextFile | undefined;
}

/** An authority as issueCertificate needs it, with what its leaves refer to. */
export interface Signer extends Issuer {
  readonly keyId: Buffer;
  readonly validity: Validity;
}

/**
 * The authority in these two files, or undefined where neither exists. Without a key, or with an
 * encrypted one and no passphrase, it is returned all the same: what exists can be kept. Throws
 * FILE_UNREADABLE, CERTIFICATE_INVALID, CERTIFICATE_EXPIRED, KEY_MISMATCH or PASSPHRASE for files
 * that do not make a usable CA.
 */
export async function loadAuthority(
  paths: PairPaths,
  options: { readonly now: Date; readonly passphrase: string | undefined },
): Promise<Authority | undefined> {
  const files = await readPair(paths);
  if (files === undefined) return undefined;
  requireNoKeyInside(files.cert);
  const trusted = readCertificates(files.cert);
  const key = readKey(files.key, paths, options.passphrase);
  const certificate = signingCertificate(trusted, key, paths);
  requireUsable(certificate, trusted, { path: paths.cert, now: options.now });
  return { id: issuerId(certificate), certificate, trusted, key, keyFile: files.key };
}

/**
 * Makes a CA for ten years and writes both files; its key is encrypted where a passphrase is given.
 * Throws NameTaken where one of them exists, FILE_UNWRITABLE.
 */
export async function createAuthority(
  dir: string,
  paths: PairPaths,
  options: { readonly spec: KeySpec; readonly now: Date; readonly passphrase: string | undefined },
): Promise<Authority> {
  const { certificate, privateKey } = await makeAuthority(options);
  await createFiles(dir, [
    {
      name: basename(paths.key),
      data: privateKeyPem(privateKey, options.passphrase),
      mode: KEY_MODE,
    },
    { name: basename(paths.cert), data: certificate.toString(), mode: CERTIFICATE_MODE },
  ]);
  const id = issuerId(certificate);
  return { id, certificate, trusted: [certificate], key: privateKey, keyFile: undefined };
}

/** A new CA, nothing written: its self-signed certificate for ten years, and its key. */
export async function makeAuthority(options: {
  readonly spec: KeySpec;
  readonly now: Date;
}): Promise<{ readonly certificate: X509Certificate; readonly privateKey: KeyObject }> {
  const { privateKey, publicKey } = await generateKeys(options.spec);
  // Part of the key's hash in the name: two CAs never share one, so no verifier tries the wrong one.
  const name = commonName(`dockgate CA ${keyIdentifier(publicKey).toString('hex').slice(0, 8)}`);
  const certificate = issueCertificate(
    {
      subject: name,
      publicKey,
      extensions: authorityExtensions(publicKey),
      ...authorityValidity(options.now),
    },
    { name, key: privateKey },
  );
  return { certificate, privateKey };
}

/** True where the authority has its key at hand, and opened. */
export function isSigner({ key }: Authority): boolean {
  return !(key instanceof CommandError);
}

/**
 * The authority ready to sign. Its leaves repeat its name byte for byte; their AKI is its SKI, or,
 * where it has none, a hash of its key: `openssl verify -x509_strict` wants an AKI, and nobody
 * compares it with an SKI that is not there. Throws the authority's own error where it has no key, and
 * CERTIFICATE_INVALID for a certificate in BER, which OpenSSL reads and Go does not.
 */
export function signerOf({ certificate, key }: Authority): Signer {
  if (key instanceof CommandError) throw key;
  return {
    key,
    ...referenceTo(certificate),
    validity: validityOf(certificate),
  };
}

function referenceTo(certificate: X509Certificate): { name: Buffer; keyId: Buffer } {
  try {
    return {
      name: subjectName(certificate),
      keyId: subjectKeyIdentifier(certificate) ?? keyIdentifier(certificate.publicKey),
    };
  } catch (error) {
    throw new CommandError(
      'CERTIFICATE_INVALID',
      'the CA certificate is not in DER',
      'its issuer has to encode it anew, or move ca.pem and ca-key.pem away to start with a new CA',
      { cause: error },
    );
  }
}

/** True where one of the trusted certificates signed this one. Says nothing about dates or purposes. */
export function isSignedBy({ trusted }: Authority, certificate: X509Certificate): boolean {
  return trusted.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
}

function readKey(
  file: TextFile | undefined,
  paths: PairPaths,
  passphrase: string | undefined,
): KeyObject | CommandError {
  if (file === undefined) return keyMissing(paths);
  try {
    const key = readPrivateKey(file.text, file.path, passphrase);
    requireKeyStrength(key, file.path);
    return key;
  } catch (error) {
    const locked = isEncrypted(file.text) && passphrase === undefined;
    if (locked && error instanceof CommandError) return error;
    throw error;
  }
}

/** Of a bundle the certificate that belongs to the key; without a key the first one. */
function signingCertificate(
  trusted: readonly [X509Certificate, ...X509Certificate[]],
  key: KeyObject | CommandError,
  paths: PairPaths,
): X509Certificate {
  const [first] = trusted;
  if (key instanceof CommandError) return first;
  const publicKey = createPublicKey(key);
  const match = trusted.find((certificate) => certificate.publicKey.equals(publicKey));
  if (match === undefined) requireSameKey(first.publicKey, key, paths);
  return match ?? first;
}

/** Every client gets the certificates of ca.pem, so a key in that file is one copy away from leaking. */
function requireNoKeyInside({ text, path }: TextFile): void {
  if (!text.includes('PRIVATE KEY-----')) return;
  throw new CommandError(
    'CERTIFICATE_INVALID',
    `${path} holds a private key beside the certificate`,
    'move the key to ca-key.pem: ca.pem is given to every client',
  );
}

function keyMissing(paths: PairPaths): CommandError {
  return new CommandError(
    'FILE_UNREADABLE',
    `${paths.key} is missing, so nothing can be signed for ${paths.cert}`,
    `put the key of ${paths.cert} there for this run, or move ${paths.cert} away to start with a new CA`,
  );
}
