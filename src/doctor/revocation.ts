/** The list of what is revoked: is it there, whole, ours, and of today? */
import type { X509Certificate } from 'node:crypto';
import { CommandError } from '../errors.ts';
import { normalSerial, readCrls, type Crl } from '../pki/crl/read.ts';
import { readWholeInventory } from '../pki/inventory.ts';
import { day } from '../pki/validity.ts';
import { failed, ok, shellWord, shortList, skipped, warning, type Check } from './check.ts';
import { daysText } from './expiry.ts';
import type { FileFact } from './file-facts.ts';

/** What the inventory says; `problem` where it cannot be read, and then nothing is known. */
export type Inventory = { readonly revoked: readonly string[] } | { readonly problem: string };

/**
 * The serial numbers that inventory.json calls revoked; none where there is no inventory. Expired
 * ones are left out, as lists may leave them out.
 *
 * @param now ms since the epoch.
 */
export function revokedInInventory(certsDir: string, now: number): Inventory {
  try {
    const { certificates = [], revokedUnseen = [] } = readWholeInventory(certsDir) ?? {};
    const counted = certificates.filter(
      ({ revoked, notAfter }) => revoked && Date.parse(notAfter) > now,
    );
    return { revoked: [...counted, ...revokedUnseen].map(({ serial }) => serial) };
  } catch (error) {
    if (error instanceof CommandError) return { problem: error.message };
    throw error;
  }
}

export interface RevocationFacts {
  readonly file: FileFact;
  readonly inventory: Inventory;
  /** The certificates of ca.pem. */
  readonly trusted: readonly X509Certificate[];
  /** ms since the epoch. */
  readonly now: number;
  /** The command that writes the lists anew, given a serial number that is revoked already. */
  readonly rewrite: (serial: string | undefined) => string;
}

/**
 * A list of another CA than ours, given with `--crl`. Without it the gate does not start.
 *
 * @param now ms since the epoch.
 */
export function checkOutsideList(
  file: FileFact,
  trusted: readonly X509Certificate[],
  now: number,
): Check {
  const name = `CRL ${file.path}`;
  const fetch = `put the current list of its CA, as PEM, at ${file.path}`;
  if (file.error === 'ENOENT') {
    return failed(name, 'missing, so that serve does not start', `${fetch}, or drop its --crl`);
  }
  return checkList({ file, inventory: { revoked: [] }, trusted, now, rewrite: () => fetch }, name);
}

const NAME = 'CRL';

/**
 * No list is fine as long as nothing is revoked. A list that is out of date is still enforced by
 * the gate, but nobody knows what is missing in it.
 */
export function checkRevocation(facts: RevocationFacts): Check {
  const { file, inventory } = facts;
  const { path, error } = file;
  if ('problem' in inventory) {
    return failed(NAME, inventory.problem, 'move inventory.json away, then: dockgate client list');
  }
  if (error === 'ENOENT') {
    const { length } = inventory.revoked;
    if (length === 0) return skipped(NAME, 'none, and nothing is revoked');
    const what = length === 1 ? '1 certificate is' : `${length} certificates are`;
    const rewrite = facts.rewrite(inventory.revoked[0]);
    return failed(NAME, `${path} is missing, but ${what} revoked`, rewrite);
  }
  return checkList({ ...facts, inventory }, NAME);
}

type ListFacts = RevocationFacts & { readonly inventory: { readonly revoked: readonly string[] } };

function checkList(facts: ListFacts, name: string): Check {
  const { path, text, error } = facts.file;
  if (text === undefined) {
    const found = `${path} cannot be read: ${error ?? 'it is no file'}`;
    return failed(name, found, `ls -l ${shellWord(path)}`);
  }
  try {
    return judge(readCrls(text, path), facts, name);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    return failed(name, cause.message, mendBroken(facts, name));
  }
}

/** Our own list may be missing as long as nothing is revoked; another CA's is asked for. */
function mendBroken({ file: { path }, inventory, rewrite }: ListFacts, name: string): string {
  if (name !== NAME) return rewrite(undefined);
  const aside = `mv ${shellWord(path)} ${shellWord(`${path}.broken`)}`;
  const [first] = inventory.revoked;
  return first === undefined ? aside : `${aside} && ${rewrite(first)}`;
}

function judge(lists: readonly Crl[], facts: ListFacts, name: string): Check {
  const { file, trusted, now } = facts;
  const expected = facts.inventory.revoked;
  const rewrite = facts.rewrite(expected[0]);
  if (trusted.length > 0 && !lists.every((list) => trusted.some((ca) => list.verify(ca)))) {
    return failed(name, `${file.path} is not signed by a CA that the gate trusts`, rewrite);
  }
  const known = new Set(lists.flatMap((list) => [...list.revoked.keys()]));
  const missing = expected.filter((serial) => !known.has(normalSerial(serial)));
  if (missing.length > 0) {
    const found = `revoked in inventory.json but not in ${file.path}: ${shortList(missing)}`;
    return failed(name, found, facts.rewrite(missing[0]));
  }
  return judgeAge(lists, { name, size: known.size, now, rewrite });
}

/** By the list that ends first. */
function judgeAge(
  lists: readonly Crl[],
  { name, size, now, rewrite }: { name: string; size: number; now: number; rewrite: string },
): Check {
  const written = Math.min(...lists.map(({ thisUpdate }) => thisUpdate.getTime()));
  const ends = lists.flatMap(({ nextUpdate }) => nextUpdate?.getTime() ?? []);
  const found = `${size} listed, written ${day(new Date(written))}`;
  if (ends.length === 0) return ok(name, `${found}, no date for the next`);
  const left = Math.min(...ends) - now;
  if (left < 0) {
    const since = `out of date since ${day(new Date(now + left))}, still enforced`;
    return failed(name, `${found}, ${since}`, rewrite);
  }
  const until = `${found}, good for ${daysText(left)}`;
  return left < SOON_MS ? warning(name, until, rewrite) : ok(name, until);
}

const SOON_MS = 7 * 86_400_000;
