/**
 * Makes the inventory anew from what lies among the certificates: `issued/`, the files in use and
 * the revocation lists. It is also how a directory that was made by something else comes to have one.
 */
import type { X509Certificate } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { normalSerial, readCrls } from '../crl/read.ts';
import type { BareRevocation, Inventory, InventoryEntry } from '../inventory.ts';
import { CLIENT_FILE, type Layout } from '../layout.ts';
import { readCertificates } from '../pem.ts';
import { readIfPresent } from '../read-files.ts';
import { subjectName } from '../x509-reader.ts';
import { entryOf, fingerprintOf, issuerId } from './entry.ts';
import { issuedChange, issuedNames, readIssued } from './issued.ts';
import type { Change } from './transaction.ts';

/** How long a certificate stays good after its successor was issued, in ms. */
export const GRACE_MS = 24 * 3_600_000;

export interface Rebuilt extends Inventory {
  /** Files of `issued/` for certificates that were found elsewhere. */
  readonly changes: readonly Change[];
}

/**
 * Everything that can be known. A revocation that the lists hold is never lost; that a certificate is
 * superseded is told from there being a newer one of the same user, 24 hours after its start, unless
 * it is the one that lies ready for the user. What a CA signed that is trusted no more is superseded,
 * too. Throws FILE_UNREADABLE, CERTIFICATE_INVALID, CRL_INVALID.
 */
export async function rebuild(layout: Layout, now: Date): Promise<Rebuilt> {
  const names = await issuedNames(layout.issued);
  const issued = await readIssued(layout.issued, names);
  const authorities = await readAuthorities(layout);
  const current = await readCurrent(layout);
  const known = distinct([...authorities, ...issued, ...current]);
  const entries = [...known.values()].map((certificate) => entryOf(certificate, authorities));
  const inUse = new Set(current.map(fingerprintOf));
  const revocations = await readRevocations(layout, authorities);
  return {
    certificates: revoke(
      supersede(entries, inUse).map(unlessUntrusted(authorities, now)),
      revocations,
    ),
    revokedUnseen: unseen(entries, revocations),
    changes: fresh(known, issued, names),
  };
}

/** The CAs that are trusted here, or were until the present one took over. */
export async function readAuthorities(layout: Layout): Promise<readonly X509Certificate[]> {
  const files = [layout.authority.cert, layout.previous.cert, layout.cross];
  const found: X509Certificate[] = [];
  for (const path of files) {
    const file = await readIfPresent(path);
    if (file !== undefined) found.push(...readCertificates(file));
  }
  return found;
}

/** What the server and the users have now. A user's directory that is broken is left out. */
async function readCurrent(layout: Layout): Promise<readonly X509Certificate[]> {
  const users = await readdir(layout.clients, { withFileTypes: true }).catch(() => []);
  const homes = users.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const paths = homes.map(({ name }) => join(layout.clients, name, CLIENT_FILE.cert));
  const found: X509Certificate[] = [];
  for (const path of [layout.server.cert, ...paths]) {
    try {
      const file = await readIfPresent(path);
      if (file !== undefined) found.push(readCertificates(file)[0]);
    } catch {
      continue;
    }
  }
  return found;
}

function distinct(certificates: readonly X509Certificate[]): Map<string, X509Certificate> {
  return new Map(certificates.map((certificate) => [fingerprintOf(certificate), certificate]));
}

function fresh(
  known: ReadonlyMap<string, X509Certificate>,
  issued: readonly X509Certificate[],
  names: ReadonlySet<string>,
): readonly Change[] {
  const there = distinct(issued);
  const taken = new Set(names);
  const missing = [...known].filter(([fingerprint]) => !there.has(fingerprint));
  return missing.map(([, certificate]) => {
    const change = issuedChange(certificate, taken);
    taken.add(change.path.slice('issued/'.length));
    return change;
  });
}

function supersede(
  entries: readonly InventoryEntry[],
  inUse: ReadonlySet<string>,
): readonly InventoryEntry[] {
  const oldestFirst = entries.toSorted((a, b) => a.notBefore.localeCompare(b.notBefore));
  return oldestFirst.map((entry, index) => {
    if (entry.kind === 'ca' || inUse.has(entry.fingerprint)) return entry;
    const next = oldestFirst
      .slice(index + 1)
      .find(({ kind, user }) => kind === entry.kind && user === entry.user);
    if (next === undefined) return entry;
    const at = new Date(Date.parse(next.notBefore) + GRACE_MS);
    return { ...entry, supersededAt: at.toISOString() };
  });
}

/** A user's certificate from a CA that is trusted no more is over; since when nobody knows. */
const unlessUntrusted = (authorities: readonly X509Certificate[], now: Date) => {
  const trusted = new Set(authorities.map(issuerId));
  return (entry: InventoryEntry): InventoryEntry =>
    entry.kind !== 'client' || trusted.has(entry.issuer) || entry.supersededAt !== undefined
      ? entry
      : { ...entry, supersededAt: now.toISOString() };
};

/** What the lists say, by issuer and serial number. Whose list it is nobody knows is passed over. */
async function readRevocations(
  layout: Layout,
  authorities: readonly X509Certificate[],
): Promise<ReadonlyMap<string, BareRevocation>> {
  const file = await readIfPresent(layout.crl);
  const crls = file === undefined ? [] : readCrls(file.text, file.path);
  const revocations = new Map<string, BareRevocation>();
  for (const { issuerName, revoked } of crls) {
    const ca = authorities.find((authority) => subjectName(authority).equals(issuerName));
    if (ca === undefined) continue;
    const issuer = issuerId(ca);
    for (const [serial, { at, reason }] of revoked) {
      const revocation = { serial, issuer, at: at.toISOString(), reason };
      revocations.set(keyOf(revocation), revocation);
    }
  }
  return revocations;
}

function revoke(
  entries: readonly InventoryEntry[],
  revocations: ReadonlyMap<string, BareRevocation>,
): readonly InventoryEntry[] {
  return entries.map((entry) => {
    const found = revocations.get(keyOf(entry));
    if (found === undefined) return entry;
    const { at, reason } = found;
    // The lists hold certificates that were merely replaced, too: see lists.ts.
    return reason === 'superseded'
      ? { ...entry, supersededAt: at }
      : { ...entry, revoked: { at, reason } };
  });
}

function unseen(
  entries: readonly InventoryEntry[],
  revocations: ReadonlyMap<string, BareRevocation>,
): readonly BareRevocation[] {
  const seen = new Set(entries.map(keyOf));
  return [...revocations].filter(([key]) => !seen.has(key)).map(([, revocation]) => revocation);
}

const keyOf = ({ issuer, serial }: { issuer: string; serial: string }): string =>
  `${issuer} ${normalSerial(serial)}`;
