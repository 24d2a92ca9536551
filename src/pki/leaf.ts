/** Makes the key and the certificate of a server or a user. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Signer } from './authority.ts';
import { issueCertificate, type Template } from './certificate.ts';
import type { Extension } from './extensions.ts';
import { generateKeys, privateKeyPem, type KeySpec } from './keys.ts';
import { day, leafValidity } from './validity.ts';

/** How leaves of this run are made: their key, and from when for how many days. */
export interface LeafTerms {
  readonly spec: KeySpec;
  readonly now: Date;
  readonly days: number;
}

export interface NewLeaf {
  readonly certificate: X509Certificate;
  /** PKCS#8 PEM, not encrypted: docker clients and dockerd refuse encrypted keys. */
  readonly keyPem: string;
  /** Until when it is valid, in words. */
  readonly lifetime: string;
}

/** A new key and a certificate for it with `subject` (DER of a name). */
export async function makeLeaf(
  signer: Signer,
  subject: Buffer,
  extensions: (publicKey: KeyObject) => readonly Extension[],
  terms: LeafTerms,
): Promise<NewLeaf> {
  const { privateKey, publicKey } = await generateKeys(terms.spec);
  const leaf = signLeaf(signer, { subject, publicKey, extensions: extensions(publicKey) }, terms);
  return { ...leaf, keyPem: privateKeyPem(privateKey) };
}

/** A certificate for a key that exists already, its end kept inside that of the CA. */
export function signLeaf(
  signer: Signer,
  template: Pick<Template, 'subject' | 'publicKey' | 'extensions'>,
  { now, days }: Omit<LeafTerms, 'spec'>,
): Omit<NewLeaf, 'keyPem'> {
  const { notBefore, notAfter, shortened } = leafValidity(now, days, signer.validity);
  const certificate = issueCertificate({ ...template, notBefore, notAfter }, signer);
  const reason = shortened ? `, not for ${days} days: the CA ends then` : '';
  return { certificate, lifetime: `valid until ${day(notAfter)}${reason}` };
}
