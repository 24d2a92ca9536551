/** Private keys: made, read and written by node:crypto. Nothing here puts key material in a message. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { CommandError } from '../errors.ts';
import { readChildren, readTlv } from './der-reader.ts';

export type KeyType = 'ecdsa' | 'rsa';

/** Which key to make: ECDSA on P-256, or RSA with so many bits. */
export type KeySpec = { readonly type: 'ecdsa' } | { readonly type: 'rsa'; readonly bits: number };

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** A new key pair. How many bits are enough is decided by the caller. */
export async function generateKeys(spec: KeySpec): Promise<KeyPair> {
  return spec.type === 'ecdsa'
    ? generate('ec', { namedCurve: 'P-256' })
    : generate('rsa', { modulusLength: spec.bits });
}

/** The key as PKCS#8 PEM, encrypted (PBES2, AES-256-CBC) where a passphrase is given. */
export function privateKeyPem(key: KeyObject, passphrase?: string): string {
  const protection = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return key.export({ type: 'pkcs8', format: 'pem', ...protection }).toString();
}

/**
 * The identifier that SKI and AKI carry (20 bytes): the first 160 bits of SHA-256 over the bits of
 * the public key (RFC 7093, 2, method 1). RFC 5280 leaves the method open and nobody recomputes it.
 */
export function keyIdentifier(publicKey: KeyObject): Buffer {
  const spki = readTlv(publicKey.export({ type: 'spki', format: 'der' }));
  const bits = readChildren(spki.content)[1];
  if (bits === undefined) throw new TypeError('a public key without bits');
  // The first byte of a BIT STRING counts its unused bits.
  return createHash('sha256').update(bits.content.subarray(1)).digest().subarray(0, 20);
}

/** True for PEM of an encrypted key, PKCS#8 or the older form with a Proc-Type header. */
export function isEncrypted(pem: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
}

/**
 * The private key in a PEM text: PKCS#8, PKCS#1 or SEC1, encrypted or not. `path` is for messages.
 * Throws PASSPHRASE where an encrypted key has no passphrase or another one, FILE_UNREADABLE where
 * there is no key that OpenSSL can read.
 */
export function readPrivateKey(pem: string, path: string, passphrase?: string): KeyObject {
  const encrypted = isEncrypted(pem);
  if (encrypted && passphrase === undefined) throw passphraseMissing(path);
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch {
    // The reason that OpenSSL gives is the same for many causes, and of no use to a reader.
    throw encrypted ? passphraseWrong(path) : notAKey(path, pem);
  }
}

/** Throws KEY_MISMATCH unless the private key is the one that the certificate's public key belongs to. */
export function requireSameKey(
  publicKey: KeyObject,
  privateKey: KeyObject,
  paths: { readonly cert: string; readonly key: string },
): void {
  if (createPublicKey(privateKey).equals(publicKey)) return;
  throw new CommandError(
    'KEY_MISMATCH',
    `${paths.key} is not the key of ${paths.cert}`,
    'put the key that belongs to this certificate in its place, or move both files away and run again',
  );
}

function passphraseMissing(path: string): CommandError {
  return new CommandError(
    'PASSPHRASE',
    `${path} is encrypted and no passphrase was given`,
    'for the CA key name a file that holds the passphrase with --ca-passphrase-file; any other key has to be stored unencrypted (openssl pkey)',
  );
}

function passphraseWrong(path: string): CommandError {
  return new CommandError(
    'PASSPHRASE',
    `${path} cannot be decrypted with the passphrase given`,
    'check the file that --ca-passphrase-file names: its first line is the passphrase; a key in an outdated cipher has to be converted first (openssl pkey -aes256)',
  );
}

function notAKey(path: string, pem: string): CommandError {
  const what = pem.trim() === '' ? 'is empty' : 'holds no private key in PEM that can be read';
  return new CommandError(
    'FILE_UNREADABLE',
    `${path} ${what}`,
    'restore it from a copy, or move it and its certificate away and run again',
  );
}
