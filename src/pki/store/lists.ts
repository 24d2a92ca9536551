/** `crl.pem`: one revocation list for each of our CAs, written anew by every command that can sign. */
import { CommandError } from '../../errors.ts';
import { isSigner, signerOf, type Authority, type Signer } from '../authority.ts';
import { normalSerial, readCrls, type Crl } from '../crl/read.ts';
import { buildCrl, type RevokedEntry } from '../crl/write.ts';
import { CERTIFICATE_MODE } from '../files.ts';
import type { Inventory, InventoryEntry } from '../inventory.ts';
import type { Layout } from '../layout.ts';
import { readIfPresent } from '../read-files.ts';
import { maySignLists } from '../x509-reader.ts';
import type { Change } from './transaction.ts';

/**
 * How long a list counts as fresh, in ms. An older one is enforced all the same and reported; long,
 * because the CA's key may lie on a machine that is rarely switched on.
 */
const LIST_MS = 90 * 86_400_000;

/** One list as it stands in the file. */
interface Block {
  readonly text: string;
  readonly crl: Crl;
}

/**
 * The lists that say what `entries` say at `now`, or undefined where there is nothing to say and
 * never was. Each carries what is revoked and what is superseded by now, until a list has shown it
 * past its end (RFC 5280, 3.3), and what the list before held and no entry explains. A CA whose key
 * is not at hand keeps its list as it is. Throws that CA's own error where its list would have to
 * change by a revocation, CRL_INVALID for a file that cannot be read.
 */
export async function listsChange(
  layout: Layout,
  authorities: readonly Authority[],
  { inventory, now, always = false }: ListTerms,
): Promise<Change | undefined> {
  const before = await readBlocks(layout);
  const texts: string[] = [];
  let said = always || before.length > 0;
  for (const authority of authorities) {
    const block = before.find(({ crl }) => crl.verify(authority.certificate));
    const terms = { inventory: partOf(inventory, authority), now };
    const revoked = contents(terms, block?.crl);
    if (revoked.length > 0) said = true;
    if (isSigner(authority) && maySignLists(authority.certificate)) {
      texts.push(sign(signerOf(authority), revoked, { now, before: block?.crl }));
    } else if (lacks(block, terms)) throw cannotSign(authority);
    else if (block !== undefined) texts.push(block.text);
  }
  if (!said || texts.length === 0) return undefined;
  return { path: 'crl.pem', data: texts.join(''), mode: CERTIFICATE_MODE };
}

function cannotSign({ key }: Authority): CommandError {
  if (key instanceof CommandError) return key;
  return new CommandError(
    'CERTIFICATE_INVALID',
    'the CA certificate may not sign revocation lists (its key usage lacks cRLSign)',
    'replace this CA with "dockgate ca rotate", or bring a CA certificate that may',
  );
}

export interface ListTerms {
  readonly inventory: Inventory;
  readonly now: Date;
  /** Also where there is nothing to say. */
  readonly always?: boolean;
}

function partOf(inventory: Inventory, { id }: Authority): Inventory {
  const isOurs = ({ issuer }: { readonly issuer: string }): boolean => issuer === id;
  return {
    certificates: inventory.certificates.filter(isOurs),
    revokedUnseen: inventory.revokedUnseen.filter(isOurs),
  };
}

async function readBlocks(layout: Layout): Promise<readonly Block[]> {
  const file = await readIfPresent(layout.crl);
  if (file === undefined) return [];
  const texts = file.text.match(/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----\r?\n?/g) ?? [];
  // Read as a whole first: what the pattern passes over is not to be lost.
  const crls = readCrls(file.text, file.path);
  return crls.flatMap((crl, index) => {
    const text = texts[index];
    return text === undefined ? [] : [{ text, crl }];
  });
}

/** Oldest first. */
function contents({ inventory, now }: ListTerms, before: Crl | undefined): readonly RevokedEntry[] {
  const { certificates, revokedUnseen } = inventory;
  const listed = certificates.flatMap((entry) => listedAs(entry, now, before));
  const unseen = revokedUnseen.map(({ serial, at, reason }) => ({
    serial,
    at: new Date(at),
    reason,
  }));
  const explained = new Set(
    [...certificates, ...revokedUnseen].map(({ serial }) => normalSerial(serial)),
  );
  const carried = [...(before?.revoked ?? [])]
    .filter(([serial]) => !explained.has(serial))
    .map(([serial, { at, reason }]) => ({ serial, at, reason }));
  return [...carried, ...listed, ...unseen].toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function listedAs(
  { serial, notAfter, revoked, supersededAt }: InventoryEntry,
  now: Date,
  before: Crl | undefined,
): readonly RevokedEntry[] {
  const shown = before === undefined ? now : before.thisUpdate;
  if (new Date(notAfter) < shown) return [];
  if (revoked !== undefined) return [{ serial, at: new Date(revoked.at), reason: revoked.reason }];
  if (supersededAt === undefined || new Date(supersededAt) > now) return [];
  return [{ serial, at: new Date(supersededAt), reason: 'superseded' }];
}

/** Supersession is enforced from the inventory too, so a list may lack it; a revocation never. */
function lacks(block: Block | undefined, { inventory, now }: ListTerms): boolean {
  const live = inventory.certificates.filter(
    ({ revoked, notAfter }) => revoked !== undefined && new Date(notAfter) > now,
  );
  return [...live, ...inventory.revokedUnseen].some(
    ({ serial }) => block?.crl.revoked.has(normalSerial(serial)) !== true,
  );
}

/** Numbers grow with the clock, so that they go on growing where the list before was lost. */
function sign(
  signer: Signer,
  revoked: readonly RevokedEntry[],
  { now, before }: { readonly now: Date; readonly before: Crl | undefined },
): string {
  const clock = BigInt(Math.floor(now.getTime() / 1000));
  const next = (before?.number ?? 0n) + 1n;
  return buildCrl({
    issuer: signer,
    number: next > clock ? next : clock,
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + LIST_MS),
    revoked,
  });
}
