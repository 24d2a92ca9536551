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

const NAME = 'CRL';

/**
 * No list is fine as long as nothing is revoked. A list that is out of date is still enforced by
 * the gate, but nobody knows what is missing in it.
 */
export function checkRevocation(facts: RevocationFacts): Check {
  const { file, inventory } = facts;
  const { path, text, error } = file;
  if ('problem' in inventory) {
    return failed(NAME, inventory.problem, 'move inventory.json away, then: dockgate client list');
  }
  const rewrite = facts.rewrite(inventory.revoked[0]);
  if (error === 'ENOENT') {
    const { length } = inventory.revoked;
    if (length === 0) return skipped(NAME, 'none, and nothing is revoked');
    const what = length === 1 ? '1 certificate is' : `${length} certificates are`;
    return failed(NAME, `${path} is missing, but ${what} revoked`, rewrite);
  }
  if (text === undefined) {
    const found = `${path} cannot be read: ${error ?? 'it is no file'}`;
    return failed(NAME, found, `ls -l ${shellWord(path)}`);
  }
  try {
    return judge(readCrls(text, path), inventory.revoked, facts);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    const aside = `mv ${shellWord(path)} ${shellWord(`${path}.broken`)}`;
    const fix = inventory.revoked.length === 0 ? aside : `${aside} && ${rewrite}`;
    return failed(NAME, cause.message, fix);
  }
}

function judge(lists: readonly Crl[], expected: readonly string[], facts: RevocationFacts): Check {
  const { file, trusted, now } = facts;
  const rewrite = facts.rewrite(expected[0]);
  if (trusted.length > 0 && !lists.every((list) => trusted.some((ca) => list.verify(ca)))) {
    return failed(NAME, `${file.path} is not signed by a CA of ca.pem`, rewrite);
  }
  const known = new Set(lists.flatMap((list) => [...list.revoked.keys()]));
  const missing = expected.filter((serial) => !known.has(normalSerial(serial)));
  if (missing.length > 0) {
    const found = `revoked in inventory.json but not in ${file.path}: ${shortList(missing)}`;
    return failed(NAME, found, facts.rewrite(missing[0]));
  }
  return judgeAge(lists, known.size, now, rewrite);
}

/** By the list that ends first. */
function judgeAge(lists: readonly Crl[], size: number, now: number, rewrite: string): Check {
  const written = Math.min(...lists.map(({ thisUpdate }) => thisUpdate.getTime()));
  const ends = lists.flatMap(({ nextUpdate }) => nextUpdate?.getTime() ?? []);
  const found = `${size} listed, written ${day(new Date(written))}`;
  if (ends.length === 0) return ok(NAME, `${found}, no date for the next`);
  const left = Math.min(...ends) - now;
  if (left < 0) {
    const since = `out of date since ${day(new Date(now + left))}, still enforced`;
    return failed(NAME, `${found}, ${since}`, rewrite);
  }
  const until = `${found}, good for ${daysText(left)}`;
  return left < SOON_MS ? warning(NAME, until, rewrite) : ok(NAME, until);
}

const SOON_MS = 7 * 86_400_000;
