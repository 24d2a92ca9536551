import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCredentials } from '../../../src/app/credentials.ts';
import { createThrowawayCa } from '../../support/throwaway-ca.ts';
import { failureOf } from '../helpers/refusal.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

async function certsDir() {
  const ca = await createThrowawayCa();
  const dir = await ca.writeCertsDir(join(temporaryDirectory(), 'certs'));
  const files = {
    ca: join(dir, 'ca.pem'),
    cert: join(dir, 'server-cert.pem'),
    key: join(dir, 'server-key.pem'),
  };
  return { ca, files };
}

describe('readCredentials', () => {
  it('reads the three files of a set', async () => {
    const { ca, files } = await certsDir();
    const credentials = readCredentials(files, Date.now());
    expect(credentials.ca).toBe(ca.cert);
    expect(credentials.key).toContain('PRIVATE KEY');
  });

  it.each(['ca', 'cert', 'key'] as const)(
    'names a missing %s, and how to make it',
    async (name) => {
      const { files } = await certsDir();
      rmSync(files[name]);
      const failure = failureOf(() => readCredentials(files, Date.now()));
      expect(failure).toMatchObject({
        code: 'FILE_UNREADABLE',
        message: `${files[name]} cannot be read: ENOENT`,
      });
      expect(failure.hint).toContain('init-certs');
    },
  );

  it('says of another trouble what to do about that', async () => {
    const { files } = await certsDir();
    const { message, hint } = failureOf(() =>
      readCredentials({ ...files, ca: join(files.ca, 'x') }, Date.now()),
    );
    expect(message).toContain('ENOTDIR');
    expect(hint).not.toContain('init-certs');
  });

  it('checks what it has read', async () => {
    const { files } = await certsDir();
    writeFileSync(files.ca, '');
    expect(failureOf(() => readCredentials(files, Date.now())).code).toBe('CERTIFICATE_INVALID');
  });
});
