/** `server show` and `server renew`: what the listener shows, and a new one of it without a restart. */
import type { X509Certificate } from 'node:crypto';
import { basename } from 'node:path';
import { loadAuthorities, type Authorities } from './authorities.ts';
import { signerOf, type Authority } from './authority.ts';
import { CERTIFICATE_MODE, KEY_MODE } from './files.ts';
import { defaultSans, serverName, thisHost, type Host } from './host.ts';
import type { InventoryEntry } from './inventory.ts';
import type { Layout } from './layout.ts';
import { makeLeaf } from './leaf.ts';
import { commonName } from './names.ts';
import { readCertificates } from './pem.ts';
import { serverExtensions } from './profiles.ts';
import { readIfPresent } from './read-files.ts';
import { distinctSans, parseSan, type San } from './sans.ts';
import { entryOf, issuerId } from './store/entry.ts';
import { issuedChange } from './store/issued.ts';
import { listsChange } from './store/lists.ts';
import { withStore, type Store } from './store/store.ts';
import type { Change } from './store/transaction.ts';
import { signingTerms, type SigningOptions, type SigningTerms } from './users/terms.ts';
import { isLive } from './users/states.ts';
import { isIssuedBy } from './authority-checks.ts';
import { subjectAltNames } from './x509-reader.ts';

export interface RenewServerOptions extends SigningOptions {
  /** To be added to the names that the certificate has. */
  readonly sans: readonly string[];
  /** To be left out of them. */
  readonly without?: readonly string[];
  readonly host?: Host | undefined;
}

export interface RenewedServer {
  readonly entry: InventoryEntry;
  readonly sans: readonly string[];
  readonly path: string;
  /** Until when, in words. */
  readonly lifetime: string;
}

/** The listener's certificate as it lies there. */
export interface ServerState {
  readonly certificate: X509Certificate;
  readonly sans: readonly string[];
  /** How many certificates the file has, the server's own among them. */
  readonly chain: number;
}

/** Undefined where there is none. Throws FILE_UNREADABLE, CERTIFICATE_INVALID. */
export async function readServer(layout: Layout): Promise<ServerState | undefined> {
  const file = await readIfPresent(layout.server.cert);
  if (file === undefined) return undefined;
  const certificates = readCertificates(file);
  const [certificate] = certificates;
  const sans = subjectAltNames(certificate).map((text) => knownSan(text)?.value ?? text);
  return { certificate, sans, chain: certificates.length };
}

/**
 * A new key and certificate for the listener, with the names that the one before had and those that
 * are asked for; where there was none, with those of this machine. A running gate takes it up by
 * itself. Throws USAGE, SAN_INVALID, the CA's error where it cannot sign, LOCKED, FILE_UNREADABLE,
 * FILE_UNWRITABLE.
 */
export async function renewServer(options: RenewServerOptions): Promise<RenewedServer> {
  const terms = signingTerms(options);
  const asked = options.sans.map(parseSan);
  const without = new Set((options.without ?? []).map((text) => parseSan(text).value));
  return withStore(options.dir, 'server renew', async (store) => {
    const authorities = await loadAuthorities(store.layout, terms);
    const present = await readServer(store.layout);
    const host = options.host ?? thisHost();
    const known = present === undefined ? defaultSans(host) : knownSans(present);
    const sans = distinctSans([...known, ...asked]);
    const kept = sans.filter(({ value }) => !without.has(value));
    const authority = await serverAuthority(store.layout, authorities);
    return replaceServer(store, { authorities, authority, sans: kept, terms, host });
  });
}

/** The names of a certificate that a client could dial. */
export function knownSans(present: ServerState | undefined): readonly San[] {
  return (present?.sans ?? []).flatMap((text) => knownSan(text) ?? []);
}

export interface ServerOrder {
  readonly authorities: Authorities;
  /** Who signs it. */
  readonly authority: Authority;
  readonly sans: readonly San[];
  readonly terms: SigningTerms;
  readonly host: Host;
}

/** Signs, records and writes the pair in one step. */
export async function replaceServer(store: Store, order: ServerOrder): Promise<RenewedServer> {
  const { authorities, authority, sans, terms } = order;
  const signer = signerOf(authority);
  const { certificate, keyPem, lifetime } = await makeLeaf(
    signer,
    commonName(serverName(order.host)),
    (publicKey) => serverExtensions(publicKey, signer.keyId, sans),
    terms,
  );
  const entry = entryOf(certificate, [authority.certificate]);
  const inventory = {
    ...store.inventory,
    certificates: [...ended(store.inventory.certificates, terms.now), entry],
  };
  const lists = await listsChange(store.layout, authorities.all, { inventory, now: terms.now });
  const chain = await chainFor(store.layout, authority);
  await store.save(inventory, [
    issuedChange(certificate, store.issued),
    ...(lists === undefined ? [] : [lists]),
    ...pairChanges(store.layout, { cert: certificate.toString() + chain, key: keyPem }),
  ]);
  const path = store.layout.server.cert;
  return { entry, sans: sans.map(({ value }) => value), path, lifetime };
}

/**
 * While a CA is being replaced, the server stays with the one before until `ca rotate` switches it:
 * every client knows that one.
 */
async function serverAuthority(layout: Layout, authorities: Authorities): Promise<Authority> {
  const { current, previous } = authorities;
  if (previous === undefined) return current;
  const present = await readServer(layout);
  const switched = present !== undefined && isIssuedBy(present.certificate, current.certificate);
  return switched ? current : previous;
}

/** Clients that know the CA before alone need its word for the present one: it comes along. */
async function chainFor(layout: Layout, { id }: Authority): Promise<string> {
  const file = await readIfPresent(layout.cross);
  if (file === undefined) return '';
  const [cross] = readCertificates(file);
  return issuerId(cross) === id ? cross.toString() : '';
}

/** There is one listener: what it had is over at once. */
function ended(certificates: readonly InventoryEntry[], now: Date): readonly InventoryEntry[] {
  const supersededAt = now.toISOString();
  return certificates.map((entry) =>
    entry.kind === 'server' && isLive(entry, now) ? { ...entry, supersededAt } : entry,
  );
}

function pairChanges(
  { server }: Layout,
  { cert, key }: { readonly cert: string; readonly key: string },
): readonly Change[] {
  return [
    { path: basename(server.key), data: key, mode: KEY_MODE },
    { path: basename(server.cert), data: cert, mode: CERTIFICATE_MODE },
  ];
}

/** Undefined for what stands in a certificate of other origin and no client could dial. */
function knownSan(text: string): San | undefined {
  try {
    return parseSan(text);
  } catch {
    return undefined;
  }
}
