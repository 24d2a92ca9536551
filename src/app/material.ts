import { X509Certificate } from 'node:crypto';
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { CommandError } from '../errors.ts';
import type { TrustTerms } from '../identity/trust.ts';
import type { Credentials } from '../listener/tls.ts';
import { readCrls } from '../pki/crl/read.ts';
import { createRevocations, type LocatedCrl } from '../pki/crl/revocations.ts';
import { holdsRevocation, INVENTORY_FILE, readWholeInventory } from '../pki/inventory.ts';
import { subjectName } from '../pki/x509-reader.ts';
import { readCredentials, readText, textIfPresent } from './credentials.ts';
import { requireNoStepBack } from './lists-check.ts';

/** All that a gate knows from files at one moment: what it shows, whom it believes, whom no more. */
export interface Material {
  readonly credentials: Credentials;
  readonly trust: TrustTerms;
  readonly lists: readonly LocatedCrl[];
  /** The certificate that the listener shows. */
  readonly server: X509Certificate;
}

/** What a gate may read: those of the files that exist decide. */
export function materialFiles({ tls, certsDir, crls }: Config): readonly string[] {
  const inCerts = ['ca.pem', OLD_CA, OWN_LISTS, INVENTORY_FILE];
  return [
    ...new Set([
      tls.ca,
      tls.cert,
      tls.key,
      ...crls,
      ...inCerts.map((name) => path.join(certsDir, name)),
    ]),
  ];
}

/** Our own lists, and our CA before the one in use; both may be missing. */
const OWN_LISTS = 'crl.pem';
const OLD_CA = 'ca-old.pem';

/**
 * Reads everything, and checks that it fits together.
 *
 * @param now ms since the epoch.
 * @throws CommandError: what readCredentials throws, `CRL_INVALID`, and `FILE_UNREADABLE` for a list or
 * inventory that cannot be read, and where the inventory says that something is revoked while there is
 * no list.
 */
export function readMaterial(config: Config, now: number): Material {
  const credentials = readCredentials(config.tls, now);
  return {
    credentials,
    server: new X509Certificate(credentials.cert),
    ...readTrust(config, credentials),
  };
}

/**
 * Refuses material whose lists say less than those in force.
 *
 * @throws CommandError `CRL_INVALID`.
 */
export function requireSuccessor(
  { certsDir }: Config,
  before: Pick<Material, 'trust' | 'lists'>,
  after: Pick<Material, 'trust' | 'lists'>,
): void {
  const ownLists = path.join(certsDir, OWN_LISTS);
  requireNoStepBack(before.lists, after.lists, ({ crl, path: file }) => {
    const isNamed = (ca: X509Certificate): boolean => subjectName(ca).equals(crl.issuerName);
    if (after.trust.trusted.some(isNamed)) return false;
    // A list of a CA that was never in the bundle speaks of a chain that a peer may still send.
    return file === ownLists || before.trust.trusted.some(isNamed);
  });
}

/** The part that decides about clients, for a set of credentials. Throws as {@link readMaterial}. */
export function readTrust(
  { certsDir, crls }: Config,
  { ca }: Credentials,
): Pick<Material, 'trust' | 'lists'> {
  const trusted = certificatesIn(ca);
  const ownFiles = ['ca.pem', OLD_CA].map((name) => textIfPresent(path.join(certsDir, name)) ?? '');
  const own = ownFiles.flatMap(certificatesIn);
  const inventory = readWholeInventory(certsDir);
  const ownLists = path.join(certsDir, OWN_LISTS);
  const ownText = textIfPresent(ownLists);
  if (ownText === undefined && inventory !== undefined && holdsRevocation(inventory)) {
    throw listMissing(ownLists);
  }
  const lists = [
    ...(ownText === undefined ? [] : locate(ownText, ownLists)),
    ...crls.flatMap((file) => locate(readText(file, 'name a list that is there with --crl'), file)),
  ];
  const entries = inventory?.certificates ?? [];
  const trust: TrustTerms = {
    trusted,
    own,
    ask: createRevocations(lists, trusted),
    revoked: new Map(
      entries.flatMap(({ fingerprint, revoked }) =>
        revoked === undefined ? [] : [[fingerprint, revoked.reason]],
      ),
    ),
    supersededAt: new Map(
      entries.flatMap(({ fingerprint, supersededAt }) =>
        supersededAt === undefined ? [] : [[fingerprint, Date.parse(supersededAt)]],
      ),
    ),
  };
  return { trust, lists };
}

const locate = (text: string, file: string): LocatedCrl[] =>
  readCrls(text, file).map((crl) => ({ crl, path: file }));

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function certificatesIn(pem: string): X509Certificate[] {
  return (pem.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
}

function listMissing(file: string): CommandError {
  return new CommandError(
    'FILE_UNREADABLE',
    `${file} is missing, and the inventory says that certificates were revoked`,
    'restore it from a copy, or have it written anew with "dockgate client list" and a "dockgate client revoke"; without it they would be let in',
  );
}
