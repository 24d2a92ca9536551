/** Makes the key and the certificate of a server or a user. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Signer } from './authority.ts';
import { issueCertificate } from './certificate.ts';
import type { Extension } from './extensions.ts';
import { generateKeys, privateKeyPem, type KeySpec } from './keys.ts';
import { commonName } from './names.ts';
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

/** A new key and a certificate for it with `name` as its only CN. */
export async function makeLeaf(
  signer: Signer,
  name: string,
  extensions: (publicKey: KeyObject) => readonly Extension[],
  { spec, now, days }: LeafTerms,
): Promise<NewLeaf> {
  const { privateKey, publicKey } = await generateKeys(spec);
  const { notBefore, notAfter, shortened } = leafValidity(now, days, signer.validity);
  const certificate = issueCertificate(
    {
      subject: commonName(name),
      publicKey,
      notBefore,
      notAfter,
      extensions: extensions(publicKey),
    },
    signer,
  );
  const reason = shortened ? `, not for ${days} days: the CA ends then` : '';
  const lifetime = `valid until ${day(notAfter)}${reason}`;
  return { certificate, keyPem: privateKeyPem(privateKey), lifetime };
}
