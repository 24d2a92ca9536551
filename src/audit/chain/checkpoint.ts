import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import { linkText, type Link } from './link.ts';

/** A checkpoint ends with its signature, over every byte of the line before this. */
const SIGNATURE = ',"sig":"';
const END = Buffer.from('"}');

/** Signed before the line's own bytes, so that the signature stands for nothing else. */
const DOMAIN = 'dockgate audit checkpoint v1\n';

/** An Ed25519 key that signs checkpoints, and what names it in them. */
export interface CheckpointKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The first 16 hex digits of SHA-256 over the public key's DER (SubjectPublicKeyInfo). */
export function keyId(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

/**
 * A signed line that vouches for all lines of its chain up to `after`: `prev` is the chain's head,
 * `seq` counts its lines, `time` says when.
 *
 * @param body inside of the line, as `recordText` makes it.
 * @returns the line, its line end included.
 */
export function checkpointLine(after: Link, body: string, { key }: CheckpointKey): string {
  const signed = `${linkText(after)}${body.slice(0, -1)}`;
  const signature = sign(null, Buffer.from(DOMAIN + signed, 'latin1'), key).toString('base64');
  return `${signed}${SIGNATURE}${signature}"}\n`;
}

/**
 * Whether a line carries a signature of this key. In doubt it does not.
 *
 * @param line without its line end.
 */
export function isSignedBy(line: Buffer, publicKey: KeyObject): boolean {
  const at = line.lastIndexOf(SIGNATURE);
  if (at < 0 || !line.subarray(-2).equals(END)) return false;
  const text = line.toString('latin1', at + SIGNATURE.length, line.length - END.length);
  const signature = Buffer.from(text, 'base64');
  // One spelling only: base64 decoders pass over much.
  if (signature.toString('base64') !== text) return false;
  const signed = Buffer.concat([Buffer.from(DOMAIN), line.subarray(0, at)]);
  return verify(null, signed, publicKey, signature);
}
