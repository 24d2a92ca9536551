/**
 * `inventory.json`: every certificate that was ever issued here, and what became of it. People read
 * it, `serve` reads it, and commands write it. It is made from the certificates (rebuild.ts), so
 * losing it loses nothing but reasons and moments that a revocation list does not hold.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandError, systemCode } from '../errors.ts';
import { REVOCATION_REASONS } from './crl/reasons.ts';

export const INVENTORY_FILE = 'inventory.json';

/** UTC, ISO 8601 with `Z`, as Date reads and writes it. */
const moment = z.iso.datetime();

const ENTRY = z.strictObject({
  serial: z.string().regex(/^-?[0-9A-F]+$/),
  user: z.string(),
  kind: z.enum(['client', 'server', 'ca']),
  role: z.string().exactOptional(),
  issuer: z.string().regex(/^[0-9a-f]+$/),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  notBefore: moment,
  notAfter: moment,
  supersededAt: moment.exactOptional(),
  revoked: z.strictObject({ at: moment, reason: z.enum(REVOCATION_REASONS) }).exactOptional(),
});

const BARE = z.strictObject({
  serial: z.string().regex(/^-?[0-9A-F]+$/),
  issuer: z.string().regex(/^[0-9a-f]+$/),
  at: moment,
  reason: z.enum(REVOCATION_REASONS),
});

const INVENTORY = z.strictObject({
  about: z.string(),
  version: z.literal(1),
  certificates: z.array(ENTRY),
  revokedUnseen: z.array(BARE).exactOptional(),
});

/**
 * One certificate. `serial` is upper-case hex as Node shows it; `user` is the CN, or `server`, or
 * `ca`; `issuer` is the key identifier of the CA that signed it, lower-case hex, which a CA and its
 * cross-signed certificate share; `fingerprint` is SHA-256 over the DER, 64 lower-case hex digits.
 * From `supersededAt` on it is refused, though not revoked.
 */
export type InventoryEntry = Readonly<z.infer<typeof ENTRY>>;

/** A revocation by serial number of a certificate that was never seen here. */
export type BareRevocation = Readonly<z.infer<typeof BARE>>;

export interface Inventory {
  readonly certificates: readonly InventoryEntry[];
  readonly revokedUnseen: readonly BareRevocation[];
}

/**
 * True where something is revoked, so that a revocation list has to be there.
 */
export function holdsRevocation({ certificates, revokedUnseen }: Inventory): boolean {
  return revokedUnseen.length > 0 || certificates.some(({ revoked }) => revoked !== undefined);
}

/**
 * The entries of `inventory.json` in this directory of certificates, undefined where there is no such
 * file. Throws FILE_UNREADABLE for one that cannot be read or is anything but an inventory: in doubt
 * nothing is known, which is not the same as "nothing is revoked".
 */
export function readInventory(certsDir: string): readonly InventoryEntry[] | undefined {
  return readWholeInventory(certsDir)?.certificates;
}

/** The same, with what is revoked by serial number alone. */
export function readWholeInventory(certsDir: string): Inventory | undefined {
  const path = join(certsDir, INVENTORY_FILE);
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unusable(`${path} cannot be read: ${systemCode(error)}`, error);
  }
  return parseInventory(text, path);
}

function parseInventory(text: string, path: string): Inventory {
  try {
    const { certificates, revokedUnseen = [] } = INVENTORY.parse(JSON.parse(text));
    return { certificates, revokedUnseen };
  } catch (error) {
    const where = error instanceof z.ZodError ? error.issues[0]?.path.join('.') : undefined;
    const place = where === undefined || where === '' ? '' : ` (at ${where})`;
    throw unusable(`${path} is not an inventory of certificates${place}`, error);
  }
}

/** The text of an inventory: oldest certificate first, so that a reader finds the newest at the end. */
export function inventoryText(inventory: Inventory): string {
  // Stable: of two in one second the later one stays behind.
  const certificates = inventory.certificates.toSorted((a, b) =>
    a.notBefore.localeCompare(b.notBefore),
  );
  const about =
    'Every certificate issued here. Written by dockgate; if it is lost, "dockgate client list" makes it again from issued/ and crl.pem.';
  const { revokedUnseen } = inventory;
  const unseen = revokedUnseen.length === 0 ? {} : { revokedUnseen };
  return `${JSON.stringify({ about, version: 1, certificates, ...unseen }, null, 2)}\n`;
}

function unusable(message: string, cause: unknown): CommandError {
  return new CommandError(
    'FILE_UNREADABLE',
    message,
    'move it away and run "dockgate client list": it is made again from the certificates',
    { cause },
  );
}
