/** What a certificate is worth at a moment, in one word. */
import type { InventoryEntry } from '../inventory.ts';

export type CertificateState = 'valid' | 'expiring' | 'expired' | 'revoked' | 'superseded';

const DAY_MS = 86_400_000;

/** From how many days before its end a certificate counts as expiring; `serve` warns from there too. */
export const EXPIRING_DAYS = 30;

/** When the certificate ends, ms since the epoch: by its date, or earlier because it is superseded. */
export function endOf({ notAfter, supersededAt }: InventoryEntry): number {
  const end = Date.parse(notAfter);
  return supersededAt === undefined ? end : Math.min(end, Date.parse(supersededAt));
}

/** Whole days until the certificate ends, rounded down; negative once it has. */
export function daysLeft(entry: InventoryEntry, now: Date): number {
  return Math.floor((endOf(entry) - now.getTime()) / DAY_MS);
}

/**
 * Revoked wins over all else, and a date that has passed over a successor. One that a successor will
 * end within its grace period is expiring.
 */
export function stateOf(entry: InventoryEntry, now: Date): CertificateState {
  if (entry.revoked !== undefined) return 'revoked';
  // Written so that a date that cannot be read counts as passed.
  if (!(now.getTime() < Date.parse(entry.notAfter))) return 'expired';
  if (!(now.getTime() < endOf(entry))) return 'superseded';
  return daysLeft(entry, now) < EXPIRING_DAYS ? 'expiring' : 'valid';
}

/** True where the gate would let it in, as far as the inventory can tell. */
export function isLive(entry: InventoryEntry, now: Date): boolean {
  const state = stateOf(entry, now);
  return state === 'valid' || state === 'expiring';
}
