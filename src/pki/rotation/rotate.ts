/**
 * `ca rotate`: a new CA without an outage, in steps. Each call does the next one that may be done, or
 * says what it waits for.
 *
 * 1. begin: the new CA is made and cross-signed by the present one; `ca.pem` holds both, so that the
 *    gate trusts the certificates of both. The server keeps its certificate.
 * 2. Users move: `client renew`, at their own pace. Their `ca.pem` holds both, too.
 * 3. switch: the server's certificate comes from the new CA, with the cross-signed one beside it, so
 *    that who still has the old `ca.pem` goes on trusting it.
 * 4. drop: on request the old CA is trusted no more, and its key removed.
 */
import { CommandError } from '../../errors.ts';
import { loadAuthorities, type Authorities } from '../authorities.ts';
import { makeAuthority, signerOf, type Authority } from '../authority.ts';
import { CERTIFICATE_MODE, KEY_MODE } from '../files.ts';
import { thisHost, type Host } from '../host.ts';
import { readInventory, type Inventory, type InventoryEntry } from '../inventory.ts';
import { privateKeyPem } from '../keys.ts';
import { layoutOf } from '../layout.ts';
import { certificatesPem, readCertificates } from '../pem.ts';
import { readIfPresent } from '../read-files.ts';
import { knownSans, readServer, replaceServer } from '../server-renew.ts';
import { entryOf, issuerId } from '../store/entry.ts';
import { issuedChange } from '../store/issued.ts';
import { listsChange } from '../store/lists.ts';
import { withStore, type Store } from '../store/store.ts';
import type { Change } from '../store/transaction.ts';
import { isLive } from '../users/states.ts';
import { signingTerms, type SigningOptions, type SigningTerms } from '../users/terms.ts';
import { bundleChanges } from './bundles.ts';
import { crossSign } from './cross.ts';
import { rotationStatus, type RotationStatus } from './status.ts';

export interface RotateOptions extends SigningOptions {
  /** Switches the server though users have not moved yet. */
  readonly switchServer?: boolean;
  /** Drops the old CA. */
  readonly dropOld?: boolean;
  /** With `dropOld`: though users have not moved, who are locked out by it. */
  readonly force?: boolean;
  readonly host?: Host | undefined;
}

export interface RotateReport {
  /** What this call did; `waited` is nothing, until users have moved or the old CA may go. */
  readonly step: 'began' | 'waited' | 'switched' | 'dropped';
  /** How things are now; undefined once the old CA is dropped. */
  readonly status: RotationStatus | undefined;
  /** What it signed: the new CA twice, by itself and by the old one; or the server's new certificate. */
  readonly issued: readonly InventoryEntry[];
}

/**
 * Does the next step. Throws ROTATION where the step that was asked for may not be done yet, the
 * CA's error where it cannot sign, LOCKED, FILE_UNREADABLE, FILE_UNWRITABLE.
 */
export async function rotate(options: RotateOptions): Promise<RotateReport> {
  const terms = signingTerms(options);
  const host = options.host ?? thisHost();
  return withStore(options.dir, 'ca rotate', async (store) => {
    const authorities = await loadAuthorities(store.layout, terms);
    const status = await rotationStatus(store.layout, store.inventory, authorities, terms.now);
    const step = authorities.expired ? lastStep(options) : nextStep(status, options);
    const issued: InventoryEntry[] = [];
    if (step === 'began') issued.push(...(await begin(store, authorities.current, terms)));
    if (step === 'switched') issued.push(await switchServer(store, authorities, { terms, host }));
    if (step === 'dropped') await drop(store, authorities.current, terms);
    return { step, status: await statusNow(options.dir, terms), issued };
  });
}

function nextStep(
  status: RotationStatus | undefined,
  options: RotateOptions,
): RotateReport['step'] {
  if (options.dropOld === true) {
    requireDroppable(status, options.force === true);
    return 'dropped';
  }
  if (status === undefined) {
    if (options.switchServer === true) throw notUnderWay();
    return 'began';
  }
  // A server's certificate of another origin is none of our business.
  if (status.server !== 'previous') return 'waited';
  if (status.notMoved.length === 0) return 'switched';
  if (options.switchServer !== true) return 'waited';
  if (!status.vouched) throw notVouched(status.notMoved);
  return 'switched';
}

/** The old CA ended before it was dropped: nothing is left to be moved. */
function lastStep({ dropOld }: RotateOptions): 'dropped' {
  if (dropOld === true) return 'dropped';
  throw new CommandError(
    'ROTATION',
    'the CA that was to be replaced has expired',
    'end the replacement with "dockgate ca rotate --drop-old"',
  );
}

function requireDroppable(status: RotationStatus | undefined, force: boolean): void {
  if (status === undefined) throw notUnderWay();
  if (status.server === 'previous') {
    throw new CommandError(
      'ROTATION',
      'the server still shows a certificate that the old CA signed',
      'switch it first, with "dockgate ca rotate"',
    );
  }
  if (status.notMoved.length > 0 && !force) {
    throw new CommandError(
      'ROTATION',
      `without the old CA these users are locked out: ${status.notMoved.join(', ')}`,
      'renew them with "dockgate client renew NAME" and hand the result over, or add --force',
    );
  }
}

async function begin(
  store: Store,
  old: Authority,
  terms: SigningTerms,
): Promise<readonly InventoryEntry[]> {
  const { layout } = store;
  signerOf(old);
  const { certificate, privateKey } = await makeAuthority(terms);
  const cross = crossSign(certificate, old);
  const current: Authority = {
    id: issuerId(certificate),
    certificate,
    trusted: [certificate, ...old.trusted],
    key: privateKey,
    keyFile: undefined,
  };
  const authorities = [certificate, ...old.trusted];
  const entries = [entryOf(certificate, authorities), entryOf(cross, [old.certificate])];
  const inventory = {
    ...store.inventory,
    certificates: [...store.inventory.certificates, ...entries],
  };
  const lists = await listsChange(layout, [current, old], { inventory, now: terms.now });
  const oldKey = old.keyFile?.text ?? '';
  await store.save(inventory, [
    issuedChange(certificate, store.issued),
    issuedChange(cross, store.issued),
    ...(lists === undefined ? [] : [lists]),
    { path: 'ca-old-key.pem', data: oldKey, mode: KEY_MODE },
    { path: 'ca-old.pem', data: certificatesPem(old.trusted), mode: CERTIFICATE_MODE },
    { path: 'ca-cross.pem', data: cross.toString(), mode: CERTIFICATE_MODE },
    { path: 'ca-key.pem', data: privateKeyPem(privateKey, terms.passphrase), mode: KEY_MODE },
    ...(await bundleChanges(layout, certificatesPem(current.trusted))),
  ]);
  return entries;
}

async function switchServer(
  store: Store,
  authorities: Authorities,
  { terms, host }: { readonly terms: SigningTerms; readonly host: Host },
): Promise<InventoryEntry> {
  const present = await readServer(store.layout);
  const { entry } = await replaceServer(store, {
    authorities,
    authority: authorities.current,
    sans: knownSans(present),
    terms,
    host,
  });
  return entry;
}

async function drop(store: Store, current: Authority, terms: SigningTerms): Promise<void> {
  const { layout } = store;
  const inventory = withoutOthers(store.inventory, current, terms.now);
  const file = await readIfPresent(layout.previous.cert);
  const old = file === undefined ? [] : readCertificates(file).map(String);
  const trusted = current.trusted.filter((certificate) => !old.includes(certificate.toString()));
  const lists = await listsChange(layout, [current], { inventory, now: terms.now });
  await store.save(inventory, [
    ...(lists === undefined ? [] : [lists]),
    ...(await bundleChanges(layout, certificatesPem(trusted))),
    ...['ca-old-key.pem', 'ca-old.pem', 'ca-cross.pem'].map(removed),
  ]);
}

/** What another CA signed is over now, whatever its date says. */
function withoutOthers(inventory: Inventory, { id }: Authority, now: Date): Inventory {
  const supersededAt = now.toISOString();
  const certificates = inventory.certificates.map((entry) =>
    entry.kind === 'client' && entry.issuer !== id && isLive(entry, now)
      ? { ...entry, supersededAt }
      : entry,
  );
  return { ...inventory, certificates };
}

const removed = (path: string): Change => ({ path, remove: true });

async function statusNow(dir: string, terms: SigningTerms): Promise<RotationStatus | undefined> {
  const layout = layoutOf(dir);
  const authorities = await loadAuthorities(layout, terms);
  const inventory = { certificates: readInventory(dir) ?? [], revokedUnseen: [] };
  return rotationStatus(layout, inventory, authorities, terms.now);
}

function notUnderWay(): CommandError {
  return new CommandError('ROTATION', 'no CA is being replaced', 'begin with "dockgate ca rotate"');
}

function notVouched(users: readonly string[]): CommandError {
  return new CommandError(
    'ROTATION',
    `the old CA allows no CA below it (path length), so these users would not trust the server: ${users.join(', ')}`,
    'renew them first with "dockgate client renew NAME", and hand the result over',
  );
}
