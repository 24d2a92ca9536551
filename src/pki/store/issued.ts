/**
 * `issued/`: one file for every certificate that was ever issued, named after its serial number,
 * written before the certificate is handed out. The inventory is made from it.
 */
import type { X509Certificate } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../errors.ts';
import { unreadable } from '../file-errors.ts';
import { CERTIFICATE_MODE } from '../files.ts';
import type { InventoryEntry } from '../inventory.ts';
import type { Layout } from '../layout.ts';
import { readCertificates } from '../pem.ts';
import { readIfPresent } from '../read-files.ts';
import { fingerprintOf } from './entry.ts';
import { commit, type Change } from './transaction.ts';

/** Serial numbers of other CAs may repeat: then part of the fingerprint makes the name. */
const NAME = /^-?[0-9A-F]+(?:-[0-9a-f]{16})?\.pem$/;

/** The file for a certificate that has none yet; `taken` are the names that are there. */
export function issuedChange(certificate: X509Certificate, taken: ReadonlySet<string>): Change {
  const plain = `${certificate.serialNumber}.pem`;
  const name = taken.has(plain)
    ? `${certificate.serialNumber}-${fingerprintOf(certificate).slice(0, 16)}.pem`
    : plain;
  return { path: join('issued', name), data: certificate.toString(), mode: CERTIFICATE_MODE };
}

/** Records a certificate on its own, for what is not written by a transaction. Throws FILE_UNWRITABLE. */
export async function recordIssued(layout: Layout, certificate: X509Certificate): Promise<void> {
  await commit(layout.dir, [issuedChange(certificate, await issuedNames(layout.issued))]);
}

/** The names of the files in `issued/`; none where there is no such directory. Throws FILE_UNREADABLE. */
export async function issuedNames(dir: string): Promise<ReadonlySet<string>> {
  try {
    return new Set((await readdir(dir)).filter((name) => NAME.test(name)));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Set();
    throw unreadable(dir, error);
  }
}

/** The names of the files that no entry of the inventory speaks of. */
export function unlisted(
  names: ReadonlySet<string>,
  entries: readonly InventoryEntry[],
): readonly string[] {
  const known = new Set(
    entries.flatMap(({ serial, fingerprint }) => [serial, `${serial}-${fingerprint.slice(0, 16)}`]),
  );
  return [...names].filter((name) => !known.has(name.slice(0, -'.pem'.length)));
}

/** The certificates in these files. Throws FILE_UNREADABLE, CERTIFICATE_INVALID. */
export async function readIssued(
  dir: string,
  names: Iterable<string>,
): Promise<readonly X509Certificate[]> {
  const certificates: X509Certificate[] = [];
  for (const name of names) {
    const file = await readIfPresent(join(dir, name));
    if (file !== undefined) certificates.push(readCertificates(file)[0]);
  }
  return certificates;
}
