/** The inventory, opened for a command: read, brought up to date, and saved with what it belongs to. */
import type { X509Certificate } from 'node:crypto';
import { CommandError } from '../../errors.ts';
import { CERTIFICATE_MODE } from '../files.ts';
import {
  INVENTORY_FILE,
  inventoryText,
  readWholeInventory,
  type Inventory,
  type InventoryEntry,
} from '../inventory.ts';
import { layoutOf, type Layout } from '../layout.ts';
import { isRealDirectory } from '../read-files.ts';
import { entryOf, fingerprintOf } from './entry.ts';
import { issuedNames, readIssued, unlisted } from './issued.ts';
import { withLock } from './lock.ts';
import { readAuthorities, rebuild } from './rebuild.ts';
import { commit, isPending, recover, type Change } from './transaction.ts';

export interface Store {
  readonly layout: Layout;
  readonly inventory: Inventory;
  /** Names of the files in `issued/`. */
  readonly issued: ReadonlySet<string>;
  /** Makes these changes and writes the inventory, all or nothing. Throws FILE_UNWRITABLE. */
  readonly save: (inventory: Inventory, changes: readonly Change[]) => Promise<void>;
}

/**
 * Runs `work` with the inventory of `dir`, while no other command writes there. What a killed command
 * had begun is finished first; an inventory that is missing or broken is made anew. Throws
 * FILE_UNREADABLE where there is no such directory, LOCKED, FILE_UNWRITABLE, and what rebuild throws.
 */
export async function withStore<T>(
  dir: string,
  command: string,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const layout = layoutOf(dir);
  if (!(await isRealDirectory(dir))) throw noDirectory(dir);
  return withLock(dir, command, async () => {
    await recover(dir);
    const inventory = await currentInventory(layout);
    return work({
      layout,
      inventory,
      issued: await issuedNames(layout.issued),
      save: (next, changes) => commit(dir, [...changes, inventoryChange(next)]),
    });
  });
}

/**
 * The entries alone, for commands that only look. Nothing is locked or written where the inventory is
 * as it should be. Throws as {@link withStore}.
 */
export async function readEntries(
  dir: string,
  command: string,
): Promise<readonly InventoryEntry[]> {
  if (!(await isRealDirectory(dir))) throw noDirectory(dir);
  const inventory = readable(dir);
  if (inventory !== undefined && !(await isPending(dir))) return inventory.certificates;
  return withStore(dir, command, (store) => Promise.resolve(store.inventory.certificates));
}

/**
 * Takes up into the inventory what lies among the certificates and is not in it. Only under the lock.
 * Throws what {@link withStore} throws.
 */
export async function adopt(layout: Layout): Promise<void> {
  const known = readable(layout.dir);
  const { changes, ...found } = await rebuild(layout, new Date());
  const fingerprints = new Set(known?.certificates.map(({ fingerprint }) => fingerprint));
  const missing = found.certificates.filter(({ fingerprint }) => !fingerprints.has(fingerprint));
  const merged = known && { ...known, certificates: [...known.certificates, ...missing] };
  await commit(layout.dir, [...changes, inventoryChange(merged ?? found)]);
}

/** True where the inventory knows all of these certificates. */
export function isInventoried(dir: string, certificates: readonly X509Certificate[]): boolean {
  const known = readable(dir)?.certificates.map(({ fingerprint }) => fingerprint);
  return certificates.every((certificate) => known?.includes(fingerprintOf(certificate)) === true);
}

/** The inventory as a file to be written. */
export function inventoryChange(inventory: Inventory): Change {
  return { path: INVENTORY_FILE, data: inventoryText(inventory), mode: CERTIFICATE_MODE };
}

async function currentInventory(layout: Layout): Promise<Inventory> {
  const inventory = readable(layout.dir);
  if (inventory !== undefined) return withUnlisted(layout, inventory);
  const { changes, ...rebuilt } = await rebuild(layout, new Date());
  await commit(layout.dir, [...changes, inventoryChange(rebuilt)]);
  return rebuilt;
}

/** A certificate may have been put there by hand, or with a copy of another machine's directory. */
async function withUnlisted(layout: Layout, inventory: Inventory): Promise<Inventory> {
  const { certificates, revokedUnseen } = inventory;
  const names = unlisted(await issuedNames(layout.issued), certificates);
  if (names.length === 0) return inventory;
  const authorities = await readAuthorities(layout);
  const found = (await readIssued(layout.issued, names)).map((certificate) =>
    entryOf(certificate, authorities),
  );
  return { certificates: [...certificates, ...found], revokedUnseen };
}

/** Undefined for an inventory that has to be made anew. */
function readable(dir: string): Inventory | undefined {
  try {
    return readWholeInventory(dir);
  } catch (error) {
    if (error instanceof CommandError && error.code === 'FILE_UNREADABLE') return undefined;
    throw error;
  }
}

function noDirectory(dir: string): CommandError {
  return new CommandError(
    'FILE_UNREADABLE',
    `${dir} is not there`,
    'make certificates with "dockgate init-certs", or name their directory with --certs',
  );
}
