import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { isEncrypted } from '../pki/keys.ts';
import type { FileFact } from './file-facts.ts';

/** What a file of PEM holds, or why that cannot be told. */
export type Parsed<T> =
  { readonly value: T; readonly problem?: undefined } | { readonly problem: string };

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** All certificates of a file, at least one, in its order. */
export function parseCertificates({
  path,
  text,
  error,
}: FileFact): Parsed<readonly [X509Certificate, ...X509Certificate[]]> {
  if (text === undefined) return { problem: `${path}: ${error ?? 'no file'}` };
  try {
    const [first, ...rest] = (text.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
    if (first !== undefined) return { value: [first, ...rest] };
    const what = text.trim() === '' ? 'is empty' : 'holds no certificate in PEM';
    return { problem: `${path} ${what}` };
  } catch {
    return { problem: `${path} holds a certificate that cannot be read` };
  }
}

/** The private key of a file; an encrypted one is a problem, since neither the gate nor docker opens it. */
export function parseKey({ path, text, error }: FileFact): Parsed<KeyObject> {
  if (text === undefined) return { problem: `${path}: ${error ?? 'no file'}` };
  if (isEncrypted(text)) return { problem: `${path} is encrypted` };
  try {
    return { value: createPrivateKey(text) };
  } catch {
    const what = text.trim() === '' ? 'is empty' : 'holds no private key in PEM';
    return { problem: `${path} ${what}` };
  }
}

/** The extended key usages as OIDs; undefined where the certificate is for any purpose. */
export function purposesOf(certificate: X509Certificate): readonly string[] | undefined {
  // Undefined without the extension, though the types promise a list.
  return certificate.keyUsage;
}

/** True where `issuer` signed `certificate`; says nothing about dates or purposes. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/**
 * The certificates from a leaf up to a self-signed one of `trusted`, as OpenSSL looks for them;
 * undefined where they lead nowhere.
 */
export function chainOf(
  leaf: X509Certificate,
  between: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): readonly X509Certificate[] | undefined {
  const chain = [leaf];
  const candidates = [...trusted, ...between];
  while (chain.length <= candidates.length + 1) {
    const top = chain.at(-1) ?? leaf;
    if (isIssuedBy(top, top))
      return trusted.some(({ raw }) => raw.equals(top.raw)) ? chain : undefined;
    const issuer = candidates.find((candidate) => candidate.ca && isIssuedBy(top, candidate));
    if (issuer === undefined) return undefined;
    chain.push(issuer);
  }
  return undefined;
}
