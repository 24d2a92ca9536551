/** How far the replacement of a CA has come. */
import type { Authorities } from '../authorities.ts';
import type { Authority } from '../authority.ts';
import type { Inventory, InventoryEntry } from '../inventory.ts';
import type { Layout } from '../layout.ts';
import { isIssuedBy } from '../authority-checks.ts';
import { readServer } from '../server-renew.ts';
import { isLive } from '../users/states.ts';
import { mayVouch } from './cross.ts';

export interface RotationStatus {
  /** Which CA the server's certificate is from: the one in use, the one before, or none of ours. */
  readonly server: 'current' | 'previous' | 'other';
  /** Users who have a good certificate from the CA before, and none from the one in use. */
  readonly notMoved: readonly string[];
  /** Good certificates from the CA before, of users who have moved already. */
  readonly leftBehind: readonly InventoryEntry[];
  /** False where the CA before forbids CAs below it: clients have to move before the server does. */
  readonly vouched: boolean;
}

/** Undefined while no CA is being replaced. */
export async function rotationStatus(
  layout: Layout,
  { certificates }: Inventory,
  { current, previous }: Authorities,
  now: Date,
): Promise<RotationStatus | undefined> {
  if (previous === undefined) return undefined;
  const live = certificates.filter((entry) => entry.kind === 'client' && isLive(entry, now));
  const moved = new Set(live.filter(({ issuer }) => issuer === current.id).map(({ user }) => user));
  const old = live.filter(({ issuer }) => issuer === previous.id);
  const notMoved = new Set(old.map(({ user }) => user).filter((user) => !moved.has(user)));
  const server = (await readServer(layout))?.certificate;
  const isFrom = ({ certificate }: Authority): boolean =>
    server !== undefined && isIssuedBy(server, certificate);
  return {
    server: isFrom(current) ? 'current' : isFrom(previous) ? 'previous' : 'other',
    notMoved: [...notMoved].toSorted(),
    leftBehind: old.filter(({ user }) => moved.has(user)),
    vouched: mayVouch(previous),
  };
}
