/** `client revoke`: withdraws certificates before their end. A revocation is never taken back. */
import { CommandError } from '../../errors.ts';
import { loadAuthorities, type Authorities } from '../authorities.ts';
import type { RevocationReason } from '../crl/reasons.ts';
import { normalSerial } from '../crl/values.ts';
import type { BareRevocation, Inventory, InventoryEntry } from '../inventory.ts';
import { passphrase, userName } from '../options.ts';
import { listsChange } from '../store/lists.ts';
import { withStore } from '../store/store.ts';
import { unknownUser } from './issue.ts';

export interface RevokeOptions {
  readonly dir: string;
  /** All certificates of this user, or with `serial` that one of them. */
  readonly name?: string | undefined;
  /** Hex, with or without colons. */
  readonly serial?: string | undefined;
  readonly reason: RevocationReason;
  readonly caPassphrase?: string | undefined;
  readonly now?: Date | undefined;
}

export interface RevokeReport {
  readonly revoked: readonly InventoryEntry[];
  /** Those that were revoked before, or have ended by themselves. */
  readonly already: readonly InventoryEntry[];
  /** A serial number that no certificate here has, under each of our CAs; empty for one that is known. */
  readonly unseen: readonly BareRevocation[];
}

/**
 * Revokes and signs the lists anew, in one step. A serial number that nobody here has seen is
 * revoked all the same: a CA that was adopted may have issued more than it knows of. Throws USAGE
 * where neither name nor serial is given, NOT_FOUND for a user that never was, CERTIFICATE_INVALID
 * for a CA's own certificate, the CA's error where it cannot sign, LOCKED, FILE_UNWRITABLE.
 */
export async function revokeCertificates(options: RevokeOptions): Promise<RevokeReport> {
  const name = options.name === undefined ? undefined : userName(options.name);
  const serial = options.serial === undefined ? undefined : serialNumber(options.serial);
  if (name === undefined && serial === undefined) throw nothingNamed();
  const now = options.now ?? new Date();
  const opening = { now, passphrase: passphrase(options.caPassphrase) };
  const command = `client revoke ${name ?? ''}`.trim();
  return withStore(options.dir, command, async ({ layout, inventory, save }) => {
    const authorities = await loadAuthorities(layout, opening);
    const chosen = choose(inventory, name, serial);
    const what = { at: now.toISOString(), reason: options.reason };
    const decided = decide(inventory, chosen, what);
    const unseen =
      chosen.length === 0 && serial !== undefined ? bare(serial, authorities, what) : [];
    const next = withUnseen(decided.inventory, unseen);
    const lists = await listsChange(layout, authorities.all, { inventory: next, now });
    await save(next, lists === undefined ? [] : [lists]);
    return { revoked: decided.revoked, already: decided.already, unseen };
  });
}

interface Revocation {
  readonly at: string;
  readonly reason: RevocationReason;
}

function choose(
  { certificates }: Inventory,
  name: string | undefined,
  serial: string | undefined,
): readonly InventoryEntry[] {
  const users = certificates.filter(
    ({ kind, user }) => name === undefined || (kind === 'client' && user === name),
  );
  if (name !== undefined && users.length === 0) throw unknownUser(name);
  if (serial === undefined) return users;
  const found = users.filter((entry) => normalSerial(entry.serial) === serial);
  if (name !== undefined && found.length === 0) throw notOf(name, serial);
  if (found.some(({ kind }) => kind === 'ca')) throw authorityItself(serial);
  if (found.length > 1) throw ambiguous(found, serial);
  return found;
}

function decide(
  inventory: Inventory,
  chosen: readonly InventoryEntry[],
  { at, reason }: Revocation,
): {
  inventory: Inventory;
  revoked: readonly InventoryEntry[];
  already: readonly InventoryEntry[];
} {
  const fresh = chosen.filter((entry) => entry.revoked === undefined && entry.notAfter > at);
  const revoked: InventoryEntry[] = [];
  const certificates = inventory.certificates.map((entry) => {
    if (!fresh.includes(entry)) return entry;
    const withdrawn = { ...entry, revoked: { at, reason } };
    revoked.push(withdrawn);
    return withdrawn;
  });
  const already = chosen.filter((entry) => !fresh.includes(entry));
  return { inventory: { ...inventory, certificates }, revoked, already };
}

/** While a CA is replaced, nobody can tell which of the two an unknown certificate is from. */
function bare(serial: string, { all }: Authorities, what: Revocation): readonly BareRevocation[] {
  return all.map(({ id }) => ({ serial, issuer: id, ...what }));
}

function withUnseen(inventory: Inventory, unseen: readonly BareRevocation[]): Inventory {
  const { revokedUnseen } = inventory;
  const isKnown = (revocation: BareRevocation): boolean =>
    revokedUnseen.some(
      ({ serial, issuer }) =>
        issuer === revocation.issuer && normalSerial(serial) === revocation.serial,
    );
  const fresh = unseen.filter((revocation) => !isKnown(revocation));
  return { ...inventory, revokedUnseen: [...revokedUnseen, ...fresh] };
}

/** As openssl and browsers show it, too: colons, lower case, leading zeros. */
function serialNumber(text: string): string {
  const digits = text.replaceAll(':', '');
  if (/^[0-9A-Fa-f]{1,40}$/.test(digits)) return normalSerial(digits);
  throw new CommandError(
    'USAGE',
    `${JSON.stringify(text.slice(0, 80))} is not a serial number`,
    'give it in hex, as "dockgate client list" and the audit trail show it',
  );
}

function nothingNamed(): CommandError {
  return new CommandError(
    'USAGE',
    'neither a user nor a serial number was given',
    'name the user, or one certificate with --serial',
  );
}

function notOf(name: string, serial: string): CommandError {
  return new CommandError(
    'NOT_FOUND',
    `${name} has no certificate with the serial number ${serial}`,
    `see "dockgate client show ${name}"`,
  );
}

function authorityItself(serial: string): CommandError {
  return new CommandError(
    'CERTIFICATE_INVALID',
    `${serial} is the CA itself, which cannot revoke itself`,
    'replace it with "dockgate ca rotate"',
  );
}

function ambiguous(found: readonly InventoryEntry[], serial: string): CommandError {
  const owners = found.map(({ user, fingerprint }) => `${user} (${fingerprint.slice(0, 16)}…)`);
  return new CommandError(
    'USAGE',
    `the serial number ${serial} belongs to several certificates: ${owners.join(', ')}`,
    'name the user, too',
  );
}
