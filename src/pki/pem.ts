/** Certificates as PEM text. */
import { X509Certificate } from 'node:crypto';
import { CommandError } from '../errors.ts';
import type { TextFile } from './read-files.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * All certificates of a PEM file, in order, at least one; text between them is passed over. Throws
 * CERTIFICATE_INVALID where there is none, or one that OpenSSL cannot read.
 */
export function readCertificates({
  text,
  path,
}: TextFile): [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = text.match(BLOCK) ?? [];
  if (first === undefined) throw notPem(path, text);
  return [parse(first, path), ...rest.map((block) => parse(block, path))];
}

/** The certificates as PEM, one after the other, without whatever else their file held. */
export function certificatesPem(certificates: readonly X509Certificate[]): string {
  return certificates.map(String).join('');
}

function parse(block: string, path: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw invalid(`${path} holds a certificate that cannot be read`, path, error);
  }
}

function notPem(path: string, text: string): CommandError {
  const what = text.trim() === '' ? 'is empty' : 'holds no certificate in PEM';
  return invalid(`${path} ${what}`, path);
}

function invalid(message: string, path: string, cause?: unknown): CommandError {
  const hint = `restore ${path} from a copy, or move it and its key away and run again`;
  return new CommandError('CERTIFICATE_INVALID', message, hint, { cause });
}
