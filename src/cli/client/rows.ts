/** The certificates of users as people look at them. */
import { lastSeen } from '../../audit/last-seen.ts';
import type { InventoryEntry } from '../../pki/inventory.ts';
import { daysLeft, stateOf, type CertificateState } from '../../pki/users/states.ts';

/** An entry of the inventory, and what it means now. */
export interface Row extends InventoryEntry {
  readonly state: CertificateState;
  /** Until it is refused: by its date, or because it is superseded. */
  readonly daysLeft: number;
  /** When it last made a call; undefined where the trail does not tell. */
  readonly lastSeen: string | undefined;
}

/** By user, and of each user the newest first. */
export async function clientRows(
  entries: readonly InventoryEntry[],
  auditLog: string,
  now: Date,
): Promise<readonly Row[]> {
  const clients = entries.filter(({ kind }) => kind === 'client');
  const seen = await lastSeen(auditLog, new Set(clients.map(({ fingerprint }) => fingerprint)));
  const rows = clients.map((entry) => ({
    ...entry,
    state: stateOf(entry, now),
    daysLeft: daysLeft(entry, now),
    lastSeen: seen.get(entry.fingerprint),
  }));
  // Of two in one second the later one stands behind: turned around, it comes first.
  return rows
    .toReversed()
    .toSorted((a, b) => compare(a.user, b.user) || compare(b.notBefore, a.notBefore));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
