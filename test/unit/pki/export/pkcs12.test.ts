import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { pkcs12 } from '../../../../src/pki/export/pkcs12.ts';
import { initCertificates } from '../../../../src/pki/init.ts';
import { HOST, openssl, SEED, temporaryDirectory } from '../helpers.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory();
});

async function contents(keyType: 'ecdsa' | 'rsa') {
  const certs = join(dir, keyType);
  await initCertificates({ dir: certs, sans: [], clients: ['alice'], keyType, host: HOST });
  const read = (name: string) => readFile(join(certs, 'clients/alice', name), 'utf8');
  const key = await read('key.pem');
  return {
    key,
    privateKey: createPrivateKey(key),
    certificate: new X509Certificate(await read('cert.pem')),
    authorities: [new X509Certificate(await read('ca.pem'))],
  };
}

describe.each(['ecdsa', 'rsa'] as const)('a PKCS#12 file with a key of kind %s', (keyType) => {
  it('is read by openssl: key, certificate, CA and name', async () => {
    const { key, ...rest } = await contents(keyType);
    const file = join(dir, `${keyType}.p12`);
    await writeFile(file, pkcs12({ ...rest, name: 'alice (dockgate)' }, 'pass word'));
    const show = (...what: string[]) =>
      openssl('pkcs12', '-in', file, '-passin', 'pass:pass word', '-nodes', ...what);
    const plain = createPrivateKey(await show('-nocerts'));
    expect(plain.equals(createPrivateKey(key))).toBe(true);
    const own = new X509Certificate(pemOf(await show('-clcerts', '-nokeys')));
    expect(own.raw.equals(rest.certificate.raw)).toBe(true);
    const ca = new X509Certificate(pemOf(await show('-cacerts', '-nokeys')));
    expect(ca.raw.equals(rest.authorities[0]?.raw ?? Buffer.alloc(0))).toBe(true);
    expect(await show('-nokeys')).toContain('friendlyName: alice (dockgate)');
    await expect(openssl('pkcs12', '-in', file, '-passin', 'pass:wrong', '-noout')).rejects.toThrow(
      /invalid password|verify error/,
    );
  });
});

it('is read by node:tls with whatever passphrase, and with no other', async () => {
  const { privateKey, certificate, authorities } = await contents('ecdsa');
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }), (text) => {
      // A C string ends at NUL, for openssl too.
      const passphrase = text.replaceAll('\0', '0');
      const pfx = pkcs12({ privateKey, certificate, authorities, name: 'alice' }, passphrase);
      createSecureContext({ pfx, passphrase });
      expect(() => createSecureContext({ pfx, passphrase: `${passphrase}x` })).toThrow();
    }),
    { seed: SEED, numRuns: 8 },
  );
});

function pemOf(text: string): string {
  return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0] ?? '';
}
