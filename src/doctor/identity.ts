/** As whom the doctor calls: with a certificate made for this minute, or as a user who is there. */
import type { X509Certificate } from 'node:crypto';
import { normalSerial, readCrls } from '../pki/crl/read.ts';
import { layoutOf } from '../pki/layout.ts';
import { lookAt } from './file-facts.ts';
import { CommandError } from '../errors.ts';
import { loadAuthority, signerOf } from '../pki/authority.ts';
import { issueCertificate } from '../pki/certificate.ts';
import { generateKeys, privateKeyPem } from '../pki/keys.ts';
import { commonName } from '../pki/names.ts';
import { clientExtensions } from '../pki/profiles.ts';
import { validityOf } from '../pki/validity.ts';
import { readClients, usable } from './clients.ts';

/** A user's certificate and key in PEM; the key is in memory only. */
export interface DoctorIdentity {
  readonly user: string;
  readonly cert: string;
  readonly key: string;
  /** How it was come by, for the screen. */
  readonly origin: string;
}

/** From five minutes before, so that clocks may differ, to five minutes after. */
const MARGIN_MS = 5 * 60_000;

/**
 * A throw-away certificate for `user`, valid for minutes and never written to disk, where the CA's
 * key is at hand and open; else the first user's pair in `clients/` that is valid.
 *
 * @param now ms since the epoch.
 * @returns the identity, or why there is none.
 */
export async function borrowIdentity(
  certsDir: string,
  user: string,
  trusted: readonly X509Certificate[],
  now: number,
): Promise<DoctorIdentity | { readonly missing: string }> {
  const made = await makeThrowAway(certsDir, user, now);
  if ('cert' in made) return made;
  const revoked = revokedSerials(certsDir);
  for (const client of readClients(layoutOf(certsDir).clients)) {
    const certificate = usable(client, trusted);
    if (typeof certificate === 'string' || !isValidAt(certificate, now)) continue;
    if (revoked.has(normalSerial(certificate.serialNumber))) continue;
    if (client.cert.text === undefined || client.key.text === undefined) continue;
    const origin = `as ${client.name}, whose key lies here (${made.missing})`;
    return { user: client.name, cert: client.cert.text, key: client.key.text, origin };
  }
  return { missing: `${made.missing}, and no user's key lies in ${layoutOf(certsDir).clients}` };
}

async function makeThrowAway(
  certsDir: string,
  user: string,
  now: number,
): Promise<DoctorIdentity | { readonly missing: string }> {
  try {
    const paths = layoutOf(certsDir).authority;
    const authority = await loadAuthority(paths, { now: new Date(now), passphrase: undefined });
    if (authority === undefined) return { missing: 'there is no CA here' };
    const signer = signerOf(authority);
    const { privateKey, publicKey } = await generateKeys({ type: 'ecdsa' });
    const certificate = issueCertificate(
      {
        subject: commonName(user),
        publicKey,
        notBefore: new Date(Math.max(now - MARGIN_MS, signer.validity.notBefore.getTime())),
        notAfter: new Date(Math.min(now + MARGIN_MS, signer.validity.notAfter.getTime())),
        extensions: clientExtensions(publicKey, signer.keyId),
      },
      signer,
    );
    const origin = `as ${user}, with a certificate for ${MARGIN_MS / 60_000} minutes`;
    return { user, cert: certificate.toString(), key: privateKeyPem(privateKey), origin };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const closed = error.code === 'PASSPHRASE' ? 'the CA key is encrypted' : error.message;
    return { missing: error.code === 'FILE_UNREADABLE' ? 'the CA key is not here' : closed };
  }
}

/** For choosing only: a list that cannot be read is the business of a check of its own. */
function revokedSerials(certsDir: string): ReadonlySet<string> {
  const { path, text } = lookAt(layoutOf(certsDir).crl);
  if (text === undefined) return new Set();
  try {
    return new Set(readCrls(text, path).flatMap(({ revoked }) => [...revoked.keys()]));
  } catch {
    return new Set();
  }
}

function isValidAt(certificate: X509Certificate, now: number): boolean {
  const { notBefore, notAfter } = validityOf(certificate);
  return notBefore.getTime() <= now && now < notAfter.getTime();
}
