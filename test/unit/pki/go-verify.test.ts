import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { initCertificates } from '../../../src/pki/init.ts';
import { buildGo, goIsMissing } from '../../support/go.ts';
import { HOST, openssl, temporaryDirectory } from './helpers.ts';
import { copyFile, writeFile } from 'node:fs/promises';
import { basicConstraints, keyUsage } from '../../../src/pki/extensions.ts';
import { rotate } from '../../../src/pki/rotation/rotate.ts';
import { createThrowawayCa } from '../../support/throwaway-ca.ts';

/** Compiling the verifier takes a cold cache some time. */
const COMPILE_MS = 120_000;

describe.skipIf(goIsMissing('whether it verifies') !== undefined)('Go', () => {
  let verifier: string;

  beforeAll(async () => {
    verifier = await buildGo('go-verify');
  }, COMPILE_MS);

  const verify = async (dir: string, host: string): Promise<string> => {
    const at = (name: string) => join(dir, name);
    const files = [at('ca.pem'), at('server-cert.pem'), host, at('clients/alice/cert.pem')];
    return (await promisify(execFile)(verifier, files)).stdout.trim();
  };

  it.each(['ecdsa', 'rsa'] as const)(
    'accepts server and client of our own CA (%s)',
    async (keyType) => {
      const dir = await temporaryDirectory();
      await initCertificates({
        dir,
        sans: ['gate_1.example'],
        clients: ['alice'],
        keyType,
        host: HOST,
      });
      for (const host of ['192.0.2.7', '2001:db8::7', '127.0.0.1', 'localhost', 'gate_1.example']) {
        expect(await verify(dir, host)).toBe('verified');
      }
      await expect(verify(dir, '192.0.2.8')).rejects.toThrow(/certificate is valid for/);
    },
  );

  it.each(['01020304', 'none'])(
    'accepts server and client of an adopted CA (key id %s)',
    async (keyId) => {
      const dir = await temporaryDirectory();
      await writeFile(join(dir, 'ca-key.pem'), await openssl('genrsa', '2048'));
      await openssl(
        ...['req', '-new', '-x509', '-days', '30', '-key', join(dir, 'ca-key.pem')],
        ...['-subj', '/C=AT/O=Old/CN=Old CA', '-out', join(dir, 'ca.pem')],
        ...['-addext', `subjectKeyIdentifier=${keyId}`, '-addext', 'authorityKeyIdentifier=none'],
      );
      await initCertificates({ dir, sans: [], clients: ['alice'], host: HOST });
      expect(await verify(dir, '192.0.2.7')).toBe('verified');
    },
  );

  it('accepts the server of a new CA on the word of the old one alone', async () => {
    const dir = await temporaryDirectory();
    await initCertificates({ dir, sans: [], clients: ['alice'], host: HOST });
    await rotate({ dir, host: HOST });
    await rotate({ dir, host: HOST, switchServer: true });
    await copyFile(join(dir, 'ca-old.pem'), join(dir, 'ca.pem'));
    expect(await verify(dir, '192.0.2.7')).toBe('verified');
  });

  it('holds a root to its path length, so that not every CA can vouch for another', async () => {
    const dir = await temporaryDirectory();
    const ca = await createThrowawayCa({
      extensions: () => [basicConstraints({ pathLength: 0 }), keyUsage('keyCertSign')],
    });
    const successor = await ca.intermediate();
    const server = await successor.server();
    await ca.writeCertsDir(dir);
    await writeFile(join(dir, 'server-cert.pem'), server.cert + successor.cert);
    await expect(verify(dir, '127.0.0.1')).rejects.toThrow('too many intermediates');
  });
});
