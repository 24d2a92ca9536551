/** `client add` and `client renew`: a certificate for a user, recorded before it is handed out. */
import type { KeyObject } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../errors.ts';
import { loadAuthorities, type Authorities } from '../authorities.ts';
import { signerOf } from '../authority.ts';
import { CERTIFICATE_MODE, KEY_MODE } from '../files.ts';
import type { InventoryEntry } from '../inventory.ts';
import { generateKeys, privateKeyPem } from '../keys.ts';
import { CLIENT_FILE } from '../layout.ts';
import { signLeaf } from '../leaf.ts';
import { userSubject } from '../names.ts';
import { certificatesPem } from '../pem.ts';
import { clientExtensions } from '../profiles.ts';
import { isRealDirectory, lstatIfPresent } from '../read-files.ts';
import { entryOf, fingerprintOf } from '../store/entry.ts';
import { issuedChange, readIssued } from '../store/issued.ts';
import { listsChange } from '../store/lists.ts';
import { GRACE_MS } from '../store/rebuild.ts';
import { withStore, type Store } from '../store/store.ts';
import type { Change } from '../store/transaction.ts';
import { readRequest } from './request.ts';
import { isLive } from './states.ts';
import {
  roleName,
  signingTerms,
  userName,
  type SigningOptions,
  type SigningTerms,
} from './terms.ts';

/** A certification request and where it came from, for messages. */
export interface Request {
  readonly pem: string;
  readonly source: string;
}

export interface AddOptions extends SigningOptions {
  readonly name: string;
  readonly role?: string | undefined;
  /** Of the user's own making; without it the key is made here. */
  readonly request?: Request | undefined;
}

export interface RenewOptions extends AddOptions {
  /** How long the certificates before stay good, in ms; 24 hours without. */
  readonly graceMs?: number | undefined;
}

export interface IssuedClient {
  readonly entry: InventoryEntry;
  /** Of the user, with `cert.pem` in it. */
  readonly directory: string;
  /** Until when, in words. */
  readonly lifetime: string;
  readonly certificate: string;
  /** Those that end because of this one. */
  readonly superseded: readonly InventoryEntry[];
}

/** The user's side of a new certificate. */
interface NewKey {
  readonly publicKey: KeyObject;
  /** The file in the user's directory that goes with the certificate: the key, or the request. */
  readonly file: Change;
  readonly fromRequest: boolean;
}

/**
 * Makes a user. Throws NAME_INVALID, USAGE, CSR_INVALID for what was asked; NAME_TAKEN where the user
 * has a certificate that is still good, or one whose name differs in case alone; the CA's own error
 * where it cannot sign; LOCKED, FILE_UNREADABLE, FILE_UNWRITABLE.
 */
export async function addClient(options: AddOptions): Promise<IssuedClient> {
  const name = userName(options.name);
  const role = roleName(options.role);
  const terms = signingTerms(options);
  const key = await newKey(name, options.request, terms);
  return withStore(options.dir, `client add ${name}`, async (store) => {
    await requireFree(store, name, terms.now);
    return issue(store, { name, role, key, terms, graceMs: 0 });
  });
}

/**
 * Gives a user a new key and certificate under the same role, or another one where it is given. What
 * the user had ends after the grace period. Throws NOT_FOUND for a user that never was, CSR_INVALID
 * where the user's keys are made elsewhere and no request came, otherwise as {@link addClient}.
 */
export async function renewClient(options: RenewOptions): Promise<IssuedClient> {
  const name = userName(options.name);
  const asked = roleName(options.role);
  const terms = signingTerms(options);
  const key = await newKey(name, options.request, terms);
  return withStore(options.dir, `client renew ${name}`, async (store) => {
    const before = store.inventory.certificates.filter(isClient(name)).at(-1);
    if (before === undefined) throw unknownUser(name);
    if (!key.fromRequest) await requireKeyHere(store, name);
    const role = asked ?? before.role;
    return issue(store, { name, role, key, terms, graceMs: options.graceMs ?? GRACE_MS });
  });
}

/** NOT_FOUND for a user of whom there is no certificate. */
export function unknownUser(name: string): CommandError {
  return new CommandError(
    'NOT_FOUND',
    `there is no user ${name}`,
    'see "dockgate client list", or make one with "dockgate client add"',
  );
}

const isClient =
  (name: string) =>
  ({ kind, user }: InventoryEntry): boolean =>
    kind === 'client' && user === name;

/** Made before the lock is taken: RSA keys take their time. */
async function newKey(
  name: string,
  request: Request | undefined,
  { spec }: SigningTerms,
): Promise<NewKey> {
  const home = join('clients', name);
  if (request !== undefined) {
    const { publicKey, pem } = readRequest(request.pem, request.source);
    const path = join(home, CLIENT_FILE.request);
    const file = { path, data: pem, mode: CERTIFICATE_MODE };
    return { publicKey, file, fromRequest: true };
  }
  const { privateKey, publicKey } = await generateKeys(spec);
  const path = join(home, CLIENT_FILE.key);
  const file = { path, data: privateKeyPem(privateKey), mode: KEY_MODE };
  return { publicKey, file, fromRequest: false };
}

interface Issue {
  readonly name: string;
  readonly role: string | undefined;
  readonly key: NewKey;
  readonly terms: SigningTerms;
  readonly graceMs: number;
}

async function issue(store: Store, order: Issue): Promise<IssuedClient> {
  const { name, role, key, terms } = order;
  const { layout } = store;
  await isRealDirectory(layout.clients);
  await isRealDirectory(join(layout.clients, name));
  const authorities = await loadAuthorities(layout, terms);
  if (key.fromRequest) await requireUnusedKey(store, key.publicKey);
  const signer = signerOf(authorities.current);
  const { certificate, lifetime } = signLeaf(
    signer,
    {
      subject: userSubject(name, role),
      publicKey: key.publicKey,
      extensions: clientExtensions(key.publicKey, signer.keyId),
    },
    terms,
  );
  const entry = entryOf(certificate, [authorities.current.certificate]);
  const { certificates, superseded } = succeed(store, entry, order);
  const inventory = { ...store.inventory, certificates: [...certificates, entry] };
  const lists = await listsChange(layout, authorities.all, { inventory, now: terms.now });
  await store.save(inventory, [
    issuedChange(certificate, store.issued),
    ...(lists === undefined ? [] : [lists]),
    ...homeChanges(order, certificate.toString(), authorities),
  ]);
  const directory = join(layout.clients, name);
  return { entry, directory, lifetime, certificate: certificate.toString(), superseded };
}

/** The user's directory afterwards: a new key replaces a request, and the other way round. */
function homeChanges(
  { name, key }: Issue,
  certificate: string,
  { current }: Authorities,
): readonly Change[] {
  const home = join('clients', name);
  const other = key.fromRequest ? CLIENT_FILE.key : CLIENT_FILE.request;
  const ca = certificatesPem(current.trusted);
  return [
    key.file,
    { path: join(home, CLIENT_FILE.cert), data: certificate, mode: CERTIFICATE_MODE },
    { path: join(home, CLIENT_FILE.ca), data: ca, mode: CERTIFICATE_MODE },
    { path: join(home, other), remove: true },
  ];
}

/** Ends what the user has by now, after the grace period; what ends sooner is left as it is. */
function succeed(
  { inventory }: Store,
  { user }: InventoryEntry,
  { terms, graceMs }: Issue,
): { certificates: readonly InventoryEntry[]; superseded: readonly InventoryEntry[] } {
  const at = new Date(terms.now.getTime() + graceMs).toISOString();
  const superseded: InventoryEntry[] = [];
  const certificates = inventory.certificates.map((entry) => {
    if (!isClient(user)(entry) || !isLive(entry, terms.now)) return entry;
    if (entry.supersededAt !== undefined && entry.supersededAt <= at) return entry;
    const ended = { ...entry, supersededAt: at };
    superseded.push(ended);
    return ended;
  });
  return { certificates, superseded };
}

/**
 * Names are told apart byte for byte, but not every file system does: `Alice` beside `alice` would
 * be one directory there, and one person for whoever reads the log.
 */
async function requireFree({ inventory, layout }: Store, name: string, now: Date): Promise<void> {
  const users = inventory.certificates.filter(({ kind }) => kind === 'client');
  const alike = users.find(
    ({ user }) => user !== name && user.toLowerCase() === name.toLowerCase(),
  );
  if (alike !== undefined) {
    throw taken(`there is a user ${alike.user}, whose name differs in case alone`);
  }
  if (users.some((entry) => entry.user === name && isLive(entry, now))) {
    throw taken(
      `there is a user ${name} already`,
      `to give them a new key use "dockgate client renew ${name}"`,
    );
  }
  const home = join(layout.clients, name);
  const known = users.some(({ user }) => user === name);
  if (known || (await lstatIfPresent(home)) === undefined) return;
  if (!(await isRealDirectory(home)) || (await readdir(home)).length === 0) return;
  throw taken(`${home} is there already`, `look what it is, and move ${home} away`);
}

const taken = (message: string, hint = 'choose another name'): CommandError =>
  new CommandError('NAME_TAKEN', message, hint);

/** A user who made the key themselves is not to be given one that we have seen. */
async function requireKeyHere({ layout }: Store, name: string): Promise<void> {
  const request = join(layout.clients, name, CLIENT_FILE.request);
  if ((await lstatIfPresent(request)) === undefined) return;
  throw new CommandError(
    'CSR_INVALID',
    `the key of ${name} was made elsewhere, and there is no new request`,
    `let ${name} make a new key and request, and name the request with --csr FILE`,
  );
}

/** One key, one certificate: a key that was revoked must not come back, nor belong to two users. */
async function requireUnusedKey({ layout, issued }: Store, publicKey: KeyObject): Promise<void> {
  const certificates = await readIssued(layout.issued, issued);
  const owner = certificates.find((certificate) => certificate.publicKey.equals(publicKey));
  if (owner === undefined) return;
  const fingerprint = fingerprintOf(owner).slice(0, 16);
  throw new CommandError(
    'CSR_INVALID',
    `the key of this request has a certificate already (fingerprint ${fingerprint}…)`,
    'make a new key for each certificate: what is revoked must not come back',
  );
}
