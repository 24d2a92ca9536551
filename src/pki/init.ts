/**
 * Creates what is missing of a directory of certificates: the CA, the server's pair and users'
 * directories. It overwrites nothing and repairs nothing. All that exists is read first, so that a
 * file that is wrong stops the run before anything is written.
 */
import type { X509Certificate } from 'node:crypto';
import { CommandError } from '../errors.ts';
import { createAuthority, loadAuthority, type Authority } from './authority.ts';
import {
  createClient,
  keptClient,
  loadClient,
  requireSigned,
  type ExistingClient,
} from './client.ts';
import { ensureDirectory, NameTaken } from './files.ts';
import { defaultSans, serverName } from './host.ts';
import { layoutOf, type Layout } from './layout.ts';
import { readInitOptions, type InitOptions, type InitRequest } from './options.ts';
import { isRealDirectory, lstatIfPresent } from './read-files.ts';
import {
  directoryModeRemarks,
  item,
  keyModeRemarks,
  type InitReport,
  type Item,
} from './report.ts';
import { distinctSans } from './sans.ts';
import { issuedNames } from './store/issued.ts';
import { isLocked, withLock } from './store/lock.ts';
import { newEntries } from './store/new-entries.ts';
import { adopt, isInventoried } from './store/store.ts';
import { isPending, recover } from './store/transaction.ts';
import { createServer, keptServer, loadServer, type ExistingServer } from './server.ts';
import { day, validityOf } from './validity.ts';

export type { InitOptions } from './options.ts';
export type { InitReport, Item } from './report.ts';

/** How often a run starts over because another one took a name first. */
const MAX_PASSES = 10;

interface Found {
  readonly authority: Authority | undefined;
  readonly server: ExistingServer | undefined;
  readonly clients: ReadonlyMap<string, ExistingClient | undefined>;
}

/**
 * Creates the CA (ten years), the server's certificate and those of `clients` where they are
 * missing, in the layout of layout.ts, and returns what was created and what was kept.
 *
 * Directories that it makes have mode 0700, keys 0600, certificates 0644. Several runs at a time
 * do one after the other what is left to do. Throws CommandError:
 * USAGE, NAME_INVALID or SAN_INVALID for options, FILE_UNREADABLE, CERTIFICATE_INVALID,
 * CERTIFICATE_EXPIRED, KEY_MISMATCH or PASSPHRASE for files that exist and are not right, with
 * nothing written, and FILE_UNWRITABLE.
 */
export async function initCertificates(options: InitOptions): Promise<InitReport> {
  const request = readInitOptions(options);
  const layout = layoutOf(request.dir);
  const found = await surveyUnlocked(layout, request);
  if (found !== undefined && isComplete(request, found)) return keepAll(layout, request, found);
  await ensureDirectory(layout.dir);
  return withLock(layout.dir, 'init-certs', async () => {
    await recover(layout.dir);
    const before = await issuedNames(layout.issued);
    const report = await fillUp(layout, request);
    const madeAuthority = report.created.some(({ path }) => path === layout.authority.cert);
    const issued = await newEntries(layout, before, madeAuthority);
    await adopt(layout);
    return { ...report, issued };
  });
}

/** Undefined where what seems wrong may be another command at work: then it is looked at again. */
async function surveyUnlocked(layout: Layout, request: InitRequest): Promise<Found | undefined> {
  try {
    return await survey(layout, request);
  } catch (error) {
    if ((await isLocked(layout.dir)) || (await isPending(layout.dir))) return undefined;
    throw error;
  }
}

/** Nothing to make. The inventory may still have to learn of it, where the directory can be written to. */
async function keepAll(layout: Layout, request: InitRequest, found: Complete): Promise<InitReport> {
  const kept = await keptDirectory(layout.dir);
  kept.push(...keptAuthority(layout, found.authority));
  kept.push(...keptLeaves(layout, request, found, found.authority));
  if (!isInventoried(layout.dir, certificatesOf(found))) await adoptIfPossible(layout);
  return { created: [], kept, issued: [] };
}

async function adoptIfPossible(layout: Layout): Promise<void> {
  try {
    await withLock(layout.dir, 'init-certs', async () => {
      await recover(layout.dir);
      await adopt(layout);
    });
  } catch (error) {
    // A gate may well be started with its certificates on a volume that it can only read.
    if (!(error instanceof CommandError && error.code === 'FILE_UNWRITABLE')) throw error;
  }
}

/** Files may still appear by another hand than ours, which takes no lock. */
async function fillUp(layout: Layout, request: InitRequest): Promise<Omit<InitReport, 'issued'>> {
  const created: Item[] = [];
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    try {
      const kept = await fill(layout, request, created);
      const paths = new Set(created.map(({ path }) => path));
      return { created, kept: kept.filter(({ path }) => !paths.has(path)) };
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
    }
  }
  throw new CommandError(
    'FILE_UNWRITABLE',
    `${layout.dir} keeps changing while it is filled`,
    'stop what else writes there and run again',
  );
}

interface Complete extends Found {
  readonly authority: Authority;
  readonly server: ExistingServer;
}

function isComplete(request: InitRequest, found: Found): found is Complete {
  const clients = request.clients.every((name) => found.clients.get(name) !== undefined);
  return found.authority !== undefined && found.server !== undefined && clients;
}

function certificatesOf({ authority, server, clients }: Complete): readonly X509Certificate[] {
  const users = [...clients.values()].flatMap((client) => client?.certificate ?? []);
  return [...authority.trusted, server.certificate, ...users];
}

/** One pass over the directory: adds to `created` as it goes and returns what was there before. */
async function fill(layout: Layout, request: InitRequest, created: Item[]): Promise<Item[]> {
  const found = await survey(layout, request);
  const kept = await keptDirectory(layout.dir);
  const authority = found.authority ?? (await addAuthority(layout, request, created));
  if (found.authority !== undefined) kept.push(...keptAuthority(layout, found.authority));
  kept.push(...keptLeaves(layout, request, found, authority));
  if (found.server === undefined) await addServer(layout, request, authority, created);
  await addClients(layout, request, { found, authority }, created);
  return kept;
}

/** Reads all that this run would otherwise create. */
async function survey(layout: Layout, request: InitRequest): Promise<Found> {
  const authority = await loadAuthority(layout.authority, request);
  const server = await loadServer(layout.server);
  await isRealDirectory(layout.clients);
  const clients = new Map<string, ExistingClient | undefined>();
  for (const name of request.clients) {
    const client = await loadClient(layout.clients, name);
    if (client !== undefined) requireSigned(layout.clients, name, client, authority);
    clients.set(name, client);
  }
  return { authority, server, clients };
}

async function addAuthority(
  { dir, authority: paths }: Layout,
  request: InitRequest,
  created: Item[],
): Promise<Authority> {
  const authority = await createAuthority(dir, paths, request);
  const lifetime = `valid until ${day(validityOf(authority.certificate).notAfter)}`;
  const protection =
    request.passphrase === undefined ? [] : ['encrypted with the passphrase given'];
  created.push(
    item('CA certificate', paths.cert, [lifetime]),
    item('CA key', paths.key, protection),
  );
  return authority;
}

async function addServer(
  layout: Layout,
  request: InitRequest,
  authority: Authority,
  created: Item[],
): Promise<void> {
  const items = await createServer(layout, authority, {
    name: serverName(request.host),
    sans: distinctSans([...request.asked, ...defaultSans(request.host)]),
    terms: request,
  });
  created.push(...items);
}

async function addClients(
  layout: Layout,
  request: InitRequest,
  { found, authority }: { readonly found: Found; readonly authority: Authority },
  created: Item[],
): Promise<void> {
  const missing = request.clients.filter((name) => found.clients.get(name) === undefined);
  if (missing.length > 0) await ensureDirectory(layout.clients);
  for (const name of missing) created.push(await createClient(layout, name, authority, request));
}

function keptAuthority({ authority: paths }: Layout, authority: Authority): readonly Item[] {
  const { certificate, key, keyFile } = authority;
  const lifetime = `valid until ${day(validityOf(certificate).notAfter)}`;
  const ca = item('CA certificate', paths.cert, [lifetime]);
  if (keyFile === undefined) return [ca];
  const locked = key instanceof CommandError ? ['encrypted and not opened'] : [];
  return [ca, item('CA key', paths.key, [...locked, ...keyModeRemarks(keyFile.mode)])];
}

function keptLeaves(
  layout: Layout,
  { asked, now }: InitRequest,
  { server, clients }: Found,
  authority: Authority,
): Item[] {
  const pair = server && keptServer(layout.server, server, { authority, asked, now });
  const items = [...(pair ?? [])];
  for (const [name, client] of clients) {
    if (client) items.push(keptClient(layout.clients, name, client, { authority, now }));
  }
  return items;
}

/** The directory itself is worth a word only where it lets others in. */
async function keptDirectory(dir: string): Promise<Item[]> {
  const remarks = directoryModeRemarks((await lstatIfPresent(dir))?.mode ?? 0);
  return remarks.length === 0 ? [] : [item('directory', dir, remarks)];
}
