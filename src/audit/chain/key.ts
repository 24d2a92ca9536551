import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../../errors.ts';
import { keyId, type CheckpointKey } from './checkpoint.ts';

/** Where a log's key is unless told otherwise: beside it, for all logs of that directory. */
export function keyPathOf(log: string): string {
  return path.join(path.dirname(log), 'audit-key.pem');
}

/** `audit-key.pem` → `audit-key.pub.pem`. */
export function publicPathOf(keyPath: string): string {
  return `${keyPath.replace(/\.pem$/, '')}.pub.pem`;
}

/**
 * Reads the Ed25519 key that signs checkpoints, or makes it at the first start: PKCS #8 PEM, mode 0600,
 * with the public key beside it. A key is never replaced.
 *
 * @throws CommandError `AUDIT_KEY` where the file holds something else, is open to others, or where a
 * public key is there without its key; `AUDIT_UNWRITABLE`.
 */
export function loadOrMakeKey(file: string): CheckpointKey {
  const publicFile = publicPathOf(file);
  try {
    if (!fs.existsSync(file)) makeKey(file, publicFile);
    const key = readKey(file);
    const publicKey = createPublicKey(key);
    if (!fs.existsSync(publicFile)) writeNew(publicFile, pemOf(publicKey), 0o644);
    return { id: keyId(publicKey), key };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      'AUDIT_UNWRITABLE',
      `the key of the audit log, ${file}, cannot be made or read: ${systemCode(error)}`,
      'name a file in a directory that this user may write with --audit-key',
      { cause: error },
    );
  }
}

/**
 * @param file PEM of an Ed25519 public key.
 * @throws CommandError `FILE_UNREADABLE`, `AUDIT_KEY`.
 */
export function readPublicKey(file: string): CheckpointKey {
  let pem: string;
  try {
    pem = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `the public key ${file} cannot be read: ${systemCode(error)}`,
      'name the audit-key.pub.pem that was made beside the log with --public-key',
      { cause: error },
    );
  }
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return { id: keyId(key), key };
  } catch {
    // Said below.
  }
  throw new CommandError(
    'AUDIT_KEY',
    `${file} holds no Ed25519 public key`,
    'name the audit-key.pub.pem that was made beside the log with --public-key',
  );
}

function makeKey(file: string, publicFile: string): void {
  if (fs.existsSync(publicFile)) {
    throw new CommandError(
      'AUDIT_KEY',
      `${publicFile} is there, but its key ${file} is not`,
      'put the key back, or move the public key away and keep it: it verifies what was signed so far',
    );
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    writeNew(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  } catch (error) {
    // Another process made one at the same moment; that one holds.
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

function readKey(file: string): KeyObject {
  const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) throw new Error('not a file');
    if ((stats.mode & 0o077) !== 0) {
      throw new CommandError(
        'AUDIT_KEY',
        `the key of the audit log, ${file}, is open to other users`,
        `chmod 600 ${file}; if others may have read it, move it and its .pub.pem away for a new one`,
      );
    }
    const key = createPrivateKey(fs.readFileSync(fd));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key');
    return key;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      'AUDIT_KEY',
      `${file} holds no Ed25519 key`,
      'put the right file back, or move it and its .pub.pem away for a new one',
      { cause: error },
    );
  } finally {
    fs.closeSync(fd);
  }
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }) as string;
}

/** Whole or not at all, and never over something that is there. */
function writeNew(file: string, content: string | Buffer, mode: number): void {
  const temporary = `${file}.${process.pid}.tmp`;
  const fd = fs.openSync(temporary, 'wx', mode);
  try {
    fs.fchmodSync(fd, mode);
    fs.writeSync(fd, content.toString());
    fs.fsyncSync(fd);
    fs.linkSync(temporary, file);
  } finally {
    fs.closeSync(fd);
    fs.unlinkSync(temporary);
  }
}
