/** What a user needs to come in, read from the user's directory and checked before it is handed out. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { CommandError } from '../../errors.ts';
import type { InventoryEntry } from '../inventory.ts';
import { readPrivateKey, requireSameKey } from '../keys.ts';
import { CLIENT_FILE, layoutOf } from '../layout.ts';
import { userName } from '../options.ts';
import { readCertificates } from '../pem.ts';
import { halfWritten, readIfPresent } from '../read-files.ts';
import { fingerprintOf } from '../store/entry.ts';
import { unknownUser } from '../users/issue.ts';
import { isLive, stateOf } from '../users/states.ts';

export interface Material {
  readonly name: string;
  readonly directory: string;
  readonly certificate: X509Certificate;
  readonly authorities: readonly X509Certificate[];
  readonly key: KeyObject | undefined;
  /** As text: what clients get is what lies there. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string | undefined };
}

/**
 * Throws NOT_FOUND for a user without a directory, CERTIFICATE_EXPIRED where what lies there is good
 * for nothing any more, FILE_UNREADABLE, CERTIFICATE_INVALID or KEY_MISMATCH where it is not whole.
 */
export async function readMaterial(
  dir: string,
  user: string,
  { entries, now }: { readonly entries: readonly InventoryEntry[]; readonly now: Date },
): Promise<Material> {
  const name = userName(user);
  const directory = join(layoutOf(dir).clients, name);
  const paths = {
    ca: join(directory, CLIENT_FILE.ca),
    cert: join(directory, CLIENT_FILE.cert),
    key: join(directory, CLIENT_FILE.key),
  };
  const cert = await readIfPresent(paths.cert);
  if (cert === undefined) throw notHere(name, directory, entries);
  const ca = await readIfPresent(paths.ca);
  if (ca === undefined) throw halfWritten(paths.cert, paths.ca);
  const [certificate] = readCertificates(cert);
  requireGood(certificate, name, { entries, now });
  const keyFile = await readIfPresent(paths.key);
  const key = keyFile === undefined ? undefined : readPrivateKey(keyFile.text, keyFile.path);
  if (key !== undefined) requireSameKey(certificate.publicKey, key, paths);
  return {
    name,
    directory,
    certificate,
    authorities: readCertificates(ca),
    key,
    files: { ca: ca.text, cert: cert.text, key: keyFile?.text },
  };
}

/** The key, for formats that make no sense without it. Throws FILE_UNREADABLE. */
export function requireKey(material: Material, format: string): { key: KeyObject; pem: string } {
  const { key, files, name, directory } = material;
  if (key !== undefined && files.key !== undefined) return { key, pem: files.key };
  throw new CommandError(
    'FILE_UNREADABLE',
    `the key of ${name} is not in ${directory}, so there is no ${format} of it`,
    `whoever made the key puts this together; --format dir and tar give certificate and CA without it`,
  );
}

function notHere(
  name: string,
  directory: string,
  entries: readonly InventoryEntry[],
): CommandError {
  if (!entries.some(({ kind, user }) => kind === 'client' && user === name)) {
    return unknownUser(name);
  }
  return new CommandError(
    'NOT_FOUND',
    `${directory} has no certificate of ${name}`,
    `make a new one with "dockgate client renew ${name}"`,
  );
}

function requireGood(
  certificate: X509Certificate,
  name: string,
  { entries, now }: { readonly entries: readonly InventoryEntry[]; readonly now: Date },
): void {
  const fingerprint = fingerprintOf(certificate);
  const entry = entries.find((candidate) => candidate.fingerprint === fingerprint);
  if (entry === undefined || isLive(entry, now)) return;
  throw new CommandError(
    'CERTIFICATE_EXPIRED',
    `the certificate of ${name} is ${stateOf(entry, now)}`,
    `make a new one with "dockgate client renew ${name}"`,
  );
}
