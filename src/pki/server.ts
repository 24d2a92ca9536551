/** The listener's certificate and key. */
import type { X509Certificate } from 'node:crypto';
import { basename } from 'node:path';
import { isSignedBy, signerOf, type Authority } from './authority.ts';
import { EKU } from './extensions.ts';
import { CERTIFICATE_MODE, createFiles, KEY_MODE } from './files.ts';
import { readPrivateKey, requireSameKey } from './keys.ts';
import type { Layout, PairPaths } from './layout.ts';
import { makeLeaf, type LeafTerms } from './leaf.ts';
import { commonName } from './names.ts';
import { readCertificates } from './pem.ts';
import { serverExtensions } from './profiles.ts';
import { halfWritten, readPair } from './read-files.ts';
import { item, keyModeRemarks, type Item } from './report.ts';
import type { San } from './sans.ts';
import { recordIssued } from './store/issued.ts';
import { day, validityOf } from './validity.ts';

export interface ExistingServer {
  readonly certificate: X509Certificate;
  readonly keyMode: number;
}

/**
 * The server's pair, or undefined where neither file exists. Throws FILE_UNREADABLE,
 * CERTIFICATE_INVALID, KEY_MISMATCH or PASSPHRASE for anything that is not a whole pair.
 */
export async function loadServer(paths: PairPaths): Promise<ExistingServer | undefined> {
  const files = await readPair(paths);
  if (files === undefined) return undefined;
  if (files.key === undefined) throw halfWritten(paths.cert, paths.key);
  const [certificate] = readCertificates(files.cert);
  requireSameKey(certificate.publicKey, readPrivateKey(files.key.text, paths.key), paths);
  return { certificate, keyMode: files.key.mode };
}

/** Makes the pair. Throws NameTaken, FILE_UNWRITABLE, and the authority's error where it cannot sign. */
export async function createServer(
  layout: Layout,
  authority: Authority,
  options: { readonly name: string; readonly sans: readonly San[]; readonly terms: LeafTerms },
): Promise<readonly Item[]> {
  const { sans, terms } = options;
  const signer = signerOf(authority);
  const { certificate, keyPem, lifetime } = await makeLeaf(
    signer,
    commonName(options.name),
    (publicKey) => serverExtensions(publicKey, signer.keyId, sans),
    terms,
  );
  const { cert, key } = layout.server;
  await recordIssued(layout, certificate);
  await createFiles(layout.dir, [
    { name: basename(key), data: keyPem, mode: KEY_MODE },
    { name: basename(cert), data: certificate.toString(), mode: CERTIFICATE_MODE },
  ]);
  const names = `for ${sans.map(({ value }) => value).join(', ')}`;
  return [item('server certificate', cert, [lifetime, names]), item('server key', key)];
}

/** What is said of a pair that is kept, with whatever keeps clients from accepting it. */
export function keptServer(
  paths: PairPaths,
  server: ExistingServer,
  context: { readonly authority: Authority; readonly asked: readonly San[]; readonly now: Date },
): readonly Item[] {
  const remarks = serverRemarks(server.certificate, context);
  const renewal = 'to renew it: dockgate server renew';
  return [
    item('server certificate', paths.cert, remarks.length === 0 ? [] : [...remarks, renewal]),
    item('server key', paths.key, keyModeRemarks(server.keyMode)),
  ];
}

function serverRemarks(
  certificate: X509Certificate,
  { authority, asked, now }: Parameters<typeof keptServer>[2],
): readonly string[] {
  const { notAfter } = validityOf(certificate);
  const missing = asked.filter((san) => !covers(certificate, san)).map(({ value }) => value);
  const purposes = certificate.keyUsage as string[] | undefined;
  return [
    ...(missing.length > 0 ? [`does not cover ${missing.join(', ')}`] : []),
    ...(notAfter > now ? [] : [`expired on ${day(notAfter)}`]),
    ...(isSignedBy(authority, certificate) ? [] : ['not signed by ca.pem']),
    ...(purposes?.includes(EKU.serverAuth) === false ? ['not meant for servers (serverAuth)'] : []),
  ];
}

/** True where clients that dial `san` accept this certificate: the CN does not count, wildcards do. */
export function covers(certificate: X509Certificate, { kind, value }: San): boolean {
  return kind === 'ip'
    ? certificate.checkIP(value) !== undefined
    : certificate.checkHost(value, { subject: 'never' }) !== undefined;
}
