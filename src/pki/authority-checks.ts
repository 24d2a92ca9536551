/** What a CA has to be before anything is signed with it. In doubt it is refused: it signs for years. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { CommandError } from '../errors.ts';
import { EKU } from './extensions.ts';
import { day, validityOf } from './validity.ts';

const MIN_RSA_BITS = 2048;

/** The curves that Go, OpenSSL and Node all verify. */
const CURVES: ReadonlySet<unknown> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * Throws CERTIFICATE_INVALID or CERTIFICATE_EXPIRED unless the certificate is a CA that verifiers
 * accept now, for servers and for clients, with what `trusted` (all of ca.pem) holds. `path` is for
 * messages.
 */
export function requireUsable(
  certificate: X509Certificate,
  trusted: readonly X509Certificate[],
  { path, now }: { readonly path: string; readonly now: Date },
): void {
  requireAuthority(certificate, path);
  requireValidNow(certificate, path, now);
  requirePurposes(certificate, path);
  requireRoot(certificate, trusted, path);
}

/** Throws CERTIFICATE_INVALID for a key that clients do not accept signatures of. */
export function requireKeyStrength(key: KeyObject, path: string): void {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') {
    if (modulusLength >= MIN_RSA_BITS) return;
    throw unusable(`${path} is an RSA key of ${modulusLength} bits; the least is ${MIN_RSA_BITS}`);
  }
  if (key.asymmetricKeyType === 'ec' && CURVES.has(namedCurve)) return;
  const kind = namedCurve ?? key.asymmetricKeyType ?? 'unknown';
  throw unusable(`${path} is a key of kind ${kind}; a CA has RSA, P-256, P-384 or P-521`);
}

/** `ca` is OpenSSL's verdict: CA:TRUE in basicConstraints, and keyCertSign where there is a key usage. */
function requireAuthority(certificate: X509Certificate, path: string): void {
  if (!certificate.ca) throw unusable(`${path} is not a CA certificate (CA:TRUE, keyCertSign)`);
}

function requireValidNow(certificate: X509Certificate, path: string, now: Date): void {
  const { notBefore, notAfter } = validityOf(certificate);
  if (notAfter <= now) {
    throw new CommandError(
      'CERTIFICATE_EXPIRED',
      `${path} expired on ${day(notAfter)}`,
      'nothing it signed is accepted any more: move the whole directory away and run again',
    );
  }
  // An unreadable date compares false, so it ends here.
  if (!(notBefore <= now && now < notAfter)) {
    throw unusable(`${path} is not valid before ${day(notBefore)}`);
  }
}

/** Where a CA names purposes, OpenSSL holds its leaves to them, and counts "any" as neither. */
function requirePurposes(certificate: X509Certificate, path: string): void {
  // Undefined without the extension, though the types promise a list.
  const purposes = certificate.keyUsage as string[] | undefined;
  if (purposes === undefined) return;
  if (purposes.includes(EKU.serverAuth) && purposes.includes(EKU.clientAuth)) return;
  throw unusable(`${path} is limited to other purposes than serverAuth and clientAuth`);
}

/** OpenSSL trusts a chain that ends in a self-signed certificate: an intermediate needs its root beside it. */
function requireRoot(
  certificate: X509Certificate,
  trusted: readonly X509Certificate[],
  path: string,
): void {
  let current: X509Certificate | undefined = certificate;
  for (let step = 0; current !== undefined && step <= trusted.length; step += 1) {
    if (isIssuedBy(current, current)) return;
    const child: X509Certificate = current;
    current = trusted.find((candidate) => isIssuedBy(child, candidate));
  }
  throw new CommandError(
    'CERTIFICATE_INVALID',
    `${path} is an intermediate CA without its root`,
    `append the root certificate, and any CA between, to ${path}`,
  );
}

/** True where `issuer` signed this certificate. Says nothing about dates or purposes. */
export const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

function unusable(message: string): CommandError {
  return new CommandError(
    'CERTIFICATE_INVALID',
    message,
    'bring a CA that can sign, or move ca.pem and ca-key.pem away to start with a new one',
  );
}
