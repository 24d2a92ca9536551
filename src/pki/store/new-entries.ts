/** The certificates that a run of `init-certs` has made, told from those that it found. */
import type { InventoryEntry } from '../inventory.ts';
import type { Layout } from '../layout.ts';
import { entryOf } from './entry.ts';
import { issuedNames, readIssued } from './issued.ts';
import { readAuthorities } from './rebuild.ts';

/**
 * The entries of what was made under the lock that is held. The CA is recorded in `issued/` only when the directory
 * is adopted, so it is asked for by itself.
 *
 * @param before the names in `issued/` when the run began.
 * @param madeAuthority whether the CA is new, too.
 */
export async function newEntries(
  layout: Layout,
  before: ReadonlySet<string>,
  madeAuthority: boolean,
): Promise<readonly InventoryEntry[]> {
  const names = [...(await issuedNames(layout.issued))].filter((name) => !before.has(name));
  const authorities = await readAuthorities(layout);
  const made = [
    ...(madeAuthority ? authorities.slice(0, 1) : []),
    ...(await readIssued(layout.issued, names)),
  ];
  return made.map((certificate) => entryOf(certificate, authorities)).toSorted(byTrade);
}

const TRADES = ['ca', 'server', 'client'] as const;

/** As they were made; users by name, since directories have no order. */
function byTrade(a: InventoryEntry, b: InventoryEntry): number {
  return TRADES.indexOf(a.kind) - TRADES.indexOf(b.kind) || (a.user < b.user ? -1 : 1);
}
