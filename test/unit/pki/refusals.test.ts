import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { initCertificates, type InitOptions } from '../../../src/pki/init.ts';
import { USER_NAME_RULE } from '../../../src/user-name.ts';
import { createThrowawayCa, HOUR_MS } from '../../support/throwaway-ca.ts';
import { HOST, refusal, snapshot, temporaryDirectory, unprivileged } from './helpers.ts';

let dir: string;
const at = (...path: string[]): string => join(dir, ...path);
const init = (options: Partial<InitOptions> = {}) =>
  initCertificates({ dir, sans: [], clients: ['alice', 'bob'], host: HOST, ...options });

beforeEach(async () => {
  dir = join(await temporaryDirectory(), 'certs');
  const ca = await createThrowawayCa();
  await ca.writeCertsDir(dir);
});

describe('options', () => {
  it.each(['', '.', '..', '.alice', '-alice', 'al ice', 'a/b', 'a\n', 'é', 'a'.repeat(64)])(
    'refuses the user name %j with the rule',
    async (name) => {
      const { hint } = await refusal(init({ clients: [name] }), 'NAME_INVALID');
      expect(hint).toBe(USER_NAME_RULE);
    },
  );

  it.each([0, -1, 1.5, Number.NaN, 36_501])('refuses %s days', async (days) => {
    await refusal(init({ days }), 'USAGE');
  });

  it.each([0, 1024, 2047, 8193, 2048.5, Number.NaN])('refuses RSA of %s bits', async (rsaBits) => {
    await refusal(init({ keyType: 'rsa', rsaBits }), 'USAGE');
  });

  it('refuses RSA bits without RSA, an empty passphrase and an empty directory name', async () => {
    await refusal(init({ rsaBits: 2048 }), 'USAGE');
    await refusal(init({ caPassphrase: '' }), 'PASSPHRASE');
    await refusal(init({ dir: '' }), 'USAGE');
  });

  it('refuses a --san that is neither name nor address', async () => {
    await refusal(init({ sans: ['https://gate'] }), 'SAN_INVALID');
  });
});

/** What is broken, how, and what the refusal says. Each leaves `bob` to be made, and bob is not made. */
const BROKEN: readonly [string, () => Promise<unknown>, Parameters<typeof refusal>[1], RegExp][] = [
  [
    'a CA key without its certificate',
    () => rm(at('ca.pem')),
    'FILE_UNREADABLE',
    /ca-key\.pem is there but .*ca\.pem is not/,
  ],
  [
    'a CA without its key, with bob to sign',
    () => rm(at('ca-key.pem')),
    'FILE_UNREADABLE',
    /ca-key\.pem is missing/,
  ],
  [
    'a server certificate without its key',
    () => rm(at('server-key.pem')),
    'FILE_UNREADABLE',
    /server-key\.pem is not/,
  ],
  [
    'a server key without its certificate',
    () => rm(at('server-cert.pem')),
    'FILE_UNREADABLE',
    /server-cert\.pem is not/,
  ],
  [
    'a client without key.pem',
    () => rm(at('clients/alice/key.pem')),
    'FILE_UNREADABLE',
    /alice\/key\.pem is not/,
  ],
  [
    'a client without cert.pem',
    () => rm(at('clients/alice/cert.pem')),
    'FILE_UNREADABLE',
    /alice\/cert\.pem is not/,
  ],
  [
    'a client without ca.pem',
    () => rm(at('clients/alice/ca.pem')),
    'FILE_UNREADABLE',
    /alice\/ca\.pem is not/,
  ],
  [
    'a client directory with other files',
    () => mkdir(at('clients/bob')).then(() => writeFile(at('clients/bob/notes'), '')),
    'FILE_UNREADABLE',
    /bob/,
  ],
  ['an empty ca.pem', () => writeFile(at('ca.pem'), ''), 'CERTIFICATE_INVALID', /ca\.pem is empty/],
  [
    'an empty ca-key.pem',
    () => writeFile(at('ca-key.pem'), '\n'),
    'FILE_UNREADABLE',
    /ca-key\.pem is empty/,
  ],
  [
    'an empty server-cert.pem',
    () => writeFile(at('server-cert.pem'), ''),
    'CERTIFICATE_INVALID',
    /server-cert\.pem is empty/,
  ],
  [
    'a ca.pem that is not PEM',
    () => writeFile(at('ca.pem'), Buffer.from([0x30, 0x82, 1, 2])),
    'CERTIFICATE_INVALID',
    /no certificate in PEM/,
  ],
  [
    'a ca-key.pem that is not PEM',
    () => writeFile(at('ca-key.pem'), 'hello'),
    'FILE_UNREADABLE',
    /no private key in PEM/,
  ],
  [
    'a certificate cut in the middle',
    () => writeFile(at('ca.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'),
    'CERTIFICATE_INVALID',
    /cannot be read/,
  ],
  [
    'the server key as CA key',
    () => copyFile(at('server-key.pem'), at('ca-key.pem')),
    'KEY_MISMATCH',
    /ca-key\.pem is not the key of .*ca\.pem/,
  ],
  [
    'the CA key as server key',
    () => copyFile(at('ca-key.pem'), at('server-key.pem')),
    'KEY_MISMATCH',
    /server-key\.pem is not the key/,
  ],
  [
    'the server key as client key',
    () => copyFile(at('server-key.pem'), at('clients/alice/key.pem')),
    'KEY_MISMATCH',
    /alice\/key\.pem is not the key/,
  ],
  [
    'a client directory under another name',
    () => rename(at('clients/alice'), at('clients/bob')),
    'CERTIFICATE_INVALID',
    /is not the certificate of bob/,
  ],
  [
    'ca.pem as a directory',
    () => rm(at('ca.pem')).then(() => mkdir(at('ca.pem'))),
    'FILE_UNREADABLE',
    /not a regular file|EISDIR/,
  ],
  [
    'ca.pem as a named pipe',
    () => rm(at('ca.pem')).then(() => promisify(execFile)('mkfifo', [at('ca.pem')])),
    'FILE_UNREADABLE',
    /not a regular file/,
  ],
  [
    'a ca.pem of more than 1 MiB',
    () => writeFile(at('ca.pem'), Buffer.alloc(1024 * 1024 + 1)),
    'FILE_UNREADABLE',
    /larger than 1 MiB/,
  ],
  [
    'ca.pem as a link to nothing',
    () => rm(at('ca.pem')).then(() => symlink('nowhere', at('ca.pem'))),
    'FILE_UNREADABLE',
    /ca\.pem cannot be read: ENOENT/,
  ],
  [
    'server-key.pem as a link to nothing',
    () => rm(at('server-key.pem')).then(() => symlink('nowhere', at('server-key.pem'))),
    'FILE_UNREADABLE',
    /server-key\.pem cannot be read: ENOENT/,
  ],
  [
    'ca.pem as a link to itself',
    () => rm(at('ca.pem')).then(() => symlink('ca.pem', at('ca.pem'))),
    'FILE_UNREADABLE',
    /ELOOP/,
  ],
  [
    'clients as a link',
    () => rename(at('clients'), at('real')).then(() => symlink('real', at('clients'))),
    'FILE_UNREADABLE',
    /clients is a symbolic link/,
  ],
  [
    'clients as a file',
    () => rm(at('clients'), { recursive: true }).then(() => writeFile(at('clients'), '')),
    'FILE_UNREADABLE',
    /clients is a file/,
  ],
  [
    'a client directory as a link',
    () => symlink('alice', at('clients/bob')),
    'FILE_UNREADABLE',
    /bob is a symbolic link/,
  ],
];

describe('files that are there and not right', () => {
  it.each(BROKEN)('refuses %s and writes nothing', async (_, damage, code, message) => {
    await damage();
    const before = await snapshot(dir);
    const refused = await refusal(init(), code);
    expect(refused.message).toMatch(message);
    expect(`${refused.message} ${refused.hint}`).not.toMatch(/BEGIN|MII|MHc|MIG/);
    expect(await snapshot(dir)).toEqual(before);
  });

  it('refuses a private key inside ca.pem, which every client gets', async () => {
    await promisify(execFile)('sh', ['-c', 'cat ca-key.pem >> ca.pem'], { cwd: dir });
    const { message } = await refusal(init(), 'CERTIFICATE_INVALID');
    expect(message).toContain('holds a private key');
  });

  it.each([[[]], [['alice', 'bob']], [['alice\0']], [['Alice']]])(
    'refuses a certificate with the names %j in the directory of alice',
    async (names) => {
      const ca = await createThrowawayCa();
      await rm(dir, { recursive: true });
      await ca.writeCertsDir(dir);
      const { cert, key } = await ca.hostile.withNames(...names);
      await writeFile(at('clients/alice/cert.pem'), cert);
      await writeFile(at('clients/alice/key.pem'), key);
      const { message } = await refusal(init(), 'CERTIFICATE_INVALID');
      expect(message).toContain('is not the certificate of alice');
    },
  );

  it('refuses a client of another CA with the same name', async () => {
    const other = await createThrowawayCa();
    await rm(at('clients'), { recursive: true });
    await rm(at('ca.pem'));
    await rm(at('ca-key.pem'));
    await other.writeCertsDir(at('other'));
    await rename(at('other/clients'), at('clients'));
    const { message } = await refusal(init(), 'CERTIFICATE_INVALID');
    expect(message).toContain('the CA that signed it is not');
  });

  it('refuses a client that ca.pem did not sign', async () => {
    const other = await createThrowawayCa();
    await other.writeCertsDir(at('other'));
    await rm(at('clients'), { recursive: true });
    await rename(at('other/clients'), at('clients'));
    const { message } = await refusal(init(), 'CERTIFICATE_INVALID');
    expect(message).toContain('was not signed by ca.pem');
  });
});

describe('a CA that cannot be used', () => {
  async function replaceCa(cert: string, key: string): Promise<void> {
    await rm(dir, { recursive: true });
    await mkdir(dir, { recursive: true });
    await writeFile(at('ca.pem'), cert);
    await writeFile(at('ca-key.pem'), key);
  }

  it('is refused when it has expired or is not valid yet', async () => {
    const expired = await createThrowawayCa({ notAfter: new Date(Date.now() - HOUR_MS) });
    await replaceCa(expired.cert, expired.key);
    await refusal(init(), 'CERTIFICATE_EXPIRED');
    const future = await createThrowawayCa({ notBefore: new Date(Date.now() + HOUR_MS) });
    await replaceCa(future.cert, future.key);
    const { message } = await refusal(init(), 'CERTIFICATE_INVALID');
    expect(message).toContain('is not valid before');
  });

  it('is refused when it is no CA at all', async () => {
    const ca = await createThrowawayCa();
    const leaf = await ca.hostile.selfSigned('leaf');
    await replaceCa(leaf.cert, leaf.key);
    const { message } = await refusal(init(), 'CERTIFICATE_INVALID');
    expect(message).toContain('is not a CA certificate');
  });

  it('is refused when its key is RSA of 1024 bits', async () => {
    const ca = await createThrowawayCa({ keySpec: { type: 'rsa', bits: 1024 } });
    await replaceCa(ca.cert, ca.key);
    const { message } = await refusal(init(), 'CERTIFICATE_INVALID');
    expect(message).toContain('RSA key of 1024 bits');
  });

  it('is refused when it is an intermediate without its root, and taken with it', async () => {
    const root = await createThrowawayCa();
    const intermediate = await root.intermediate();
    await replaceCa(intermediate.cert, intermediate.key);
    const { hint } = await refusal(init(), 'CERTIFICATE_INVALID');
    expect(hint).toContain('append the root certificate');
    await replaceCa(intermediate.cert + root.cert, intermediate.key);
    expect((await init()).created).toHaveLength(4);
  });
});

describe('a directory that cannot be used', () => {
  it('is refused when it is a file, or lies below one', async () => {
    await writeFile(at('file'), '');
    await refusal(init({ dir: at('file') }), 'FILE_UNREADABLE');
    await refusal(init({ dir: at('file', 'certs') }), 'FILE_UNREADABLE');
  });

  it('is refused when it is a link to nothing', async () => {
    await symlink('nowhere', at('link'));
    await refusal(init({ dir: at('link') }), 'FILE_UNWRITABLE');
  });

  it('is refused when it cannot be made', async () => {
    await refusal(init({ dir: '/proc/dockgate' }), 'FILE_UNWRITABLE');
  });

  it.each([
    ['read', 0o000, 'FILE_UNREADABLE'],
    ['written', 0o500, 'FILE_UNWRITABLE'],
  ] as const)('is refused when it cannot be %s', async (what, bits, code) => {
    const parent = await temporaryDirectory();
    const closed = join(parent, 'closed');
    await unprivileged(parent, async () => {
      await mkdir(closed);
      await chmod(closed, bits);
      const { message, hint } = await refusal(init({ dir: closed }), code);
      expect(message).toMatch(new RegExp(`cannot be ${what}: EACCES$`));
      expect(hint).toContain('--certs');
      await chmod(closed, 0o700);
    });
  });
});
