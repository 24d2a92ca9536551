/** A user's directory: `clients/NAME/{ca,cert,key}.pem`, made and renamed into place as a whole. */
import type { X509Certificate } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../errors.ts';
import { isSignedBy, signerOf, type Authority } from './authority.ts';
import { unreadable } from './file-errors.ts';
import { CERTIFICATE_MODE, createDirectory, KEY_MODE } from './files.ts';
import { readPrivateKey, requireSameKey } from './keys.ts';
import { CLIENT_FILE, type Layout } from './layout.ts';
import { makeLeaf, type LeafTerms } from './leaf.ts';
import { certificatesPem, readCertificates } from './pem.ts';
import { userSubject } from './names.ts';
import { clientExtensions } from './profiles.ts';
import {
  halfWritten,
  isRealDirectory,
  lstatIfPresent,
  readIfPresent,
  type TextFile,
} from './read-files.ts';
import { item, keyModeRemarks, type Item } from './report.ts';
import { recordIssued } from './store/issued.ts';
import { day, validityOf } from './validity.ts';

export interface ExistingClient {
  readonly certificate: X509Certificate;
  readonly trusted: readonly X509Certificate[];
  /** Undefined where the user made the key, and keeps it. */
  readonly keyMode: number | undefined;
}

/**
 * What is in a user's directory, or undefined where it is missing or empty. Throws FILE_UNREADABLE
 * for a link, other files or some of the three; CERTIFICATE_INVALID for a certificate of another
 * name; KEY_MISMATCH, PASSPHRASE.
 */
export async function loadClient(
  clients: string,
  name: string,
): Promise<ExistingClient | undefined> {
  const dir = join(clients, name);
  if (!(await isRealDirectory(dir)) || (await listing(dir)).length === 0) return undefined;
  const paths = clientPaths(dir);
  const { ca, cert, key } = await readAll(dir, paths);
  const [certificate] = readCertificates(cert);
  if (key !== undefined) {
    requireSameKey(certificate.publicKey, readPrivateKey(key.text, key.path), paths);
  }
  requireName(certificate, name, paths.cert);
  return { certificate, trusted: readCertificates(ca), keyMode: key?.mode };
}

/**
 * Makes the user's key, certificate and copy of the CA. Throws NameTaken, FILE_UNWRITABLE, and the
 * authority's error where it cannot sign.
 */
export async function createClient(
  layout: Layout,
  name: string,
  authority: Authority,
  terms: LeafTerms,
): Promise<Item> {
  const signer = signerOf(authority);
  const { certificate, keyPem, lifetime } = await makeLeaf(
    signer,
    userSubject(name),
    (publicKey) => clientExtensions(publicKey, signer.keyId),
    terms,
  );
  const { clients } = layout;
  const ca = certificatesPem(authority.trusted);
  await recordIssued(layout, certificate);
  await createDirectory(clients, name, [
    { name: CLIENT_FILE.key, data: keyPem, mode: KEY_MODE },
    { name: CLIENT_FILE.cert, data: certificate.toString(), mode: CERTIFICATE_MODE },
    { name: CLIENT_FILE.ca, data: ca, mode: CERTIFICATE_MODE },
  ]);
  return item(`client ${name}`, join(clients, name), [lifetime]);
}

/**
 * Throws CERTIFICATE_INVALID for a user that the authority did not sign, or that has no authority at
 * all: the gate would turn this user away.
 */
export function requireSigned(
  clients: string,
  name: string,
  client: ExistingClient,
  authority: Authority | undefined,
): void {
  if (authority !== undefined && isSignedBy(authority, client.certificate)) return;
  const dir = join(clients, name);
  throw new CommandError(
    'CERTIFICATE_INVALID',
    authority === undefined
      ? `${dir} is there but the CA that signed it is not`
      : `the certificate in ${dir} was not signed by ca.pem`,
    `restore the CA that signed it, or move ${dir} away and run again for a new one`,
  );
}

/** What is said of a user that is kept. */
export function keptClient(
  clients: string,
  name: string,
  client: ExistingClient,
  { authority, now }: { readonly authority: Authority; readonly now: Date },
): Item {
  const dir = join(clients, name);
  const { notAfter } = validityOf(client.certificate);
  const sameCa = certificatesPem(client.trusted) === certificatesPem(authority.trusted);
  return item(`client ${name}`, dir, [
    ...(notAfter > now
      ? []
      : [`expired on ${day(notAfter)}: for a new one dockgate client renew ${name}`]),
    ...(sameCa ? [] : ['its ca.pem is not the one in use']),
    ...keyModeRemarks(client.keyMode ?? 0),
  ]);
}

const clientPaths = (dir: string) => ({
  ca: join(dir, CLIENT_FILE.ca),
  cert: join(dir, CLIENT_FILE.cert),
  key: join(dir, CLIENT_FILE.key),
  request: join(dir, CLIENT_FILE.request),
});

async function listing(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    throw unreadable(dir, error);
  }
}

async function readAll(
  dir: string,
  paths: ReturnType<typeof clientPaths>,
): Promise<{ ca: TextFile; cert: TextFile; key: TextFile | undefined }> {
  const ca = await readIfPresent(paths.ca);
  const cert = await readIfPresent(paths.cert);
  const key = await readIfPresent(paths.key);
  const elsewhere = key === undefined && (await lstatIfPresent(paths.request)) !== undefined;
  if (ca !== undefined && cert !== undefined && (key !== undefined || elsewhere)) {
    return { ca, cert, key };
  }
  const missing = ca === undefined ? paths.ca : cert === undefined ? paths.cert : paths.key;
  throw halfWritten((ca ?? cert ?? key)?.path ?? dir, missing);
}

/** Exactly one CN, equal to the directory's name: a repeated CN is an array here and never equal. */
function requireName(certificate: X509Certificate, name: string, path: string): void {
  const { subject } = certificate.toLegacyObject();
  if ((subject.CN as unknown) === name) return;
  throw new CommandError(
    'CERTIFICATE_INVALID',
    `${path} is not the certificate of ${name}`,
    'a directory under clients/ holds the certificate of the user it is named after: move it away and run again',
  );
}
