/**
 * A process killed at any write: from one call on, nothing more reaches the disk. Each command is cut
 * at each of its writes in turn, and what is left has to be the old state or, once the next command
 * has looked at it, the new one.
 */
import { X509Certificate } from 'node:crypto';
import type * as fs from 'node:fs/promises';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readCrls } from '../../../../src/pki/crl/read.ts';
import { initCertificates } from '../../../../src/pki/init.ts';
import { readInventory } from '../../../../src/pki/inventory.ts';
import { loadAuthorities } from '../../../../src/pki/authorities.ts';
import { loadClient } from '../../../../src/pki/client.ts';
import { layoutOf } from '../../../../src/pki/layout.ts';
import { rotate } from '../../../../src/pki/rotation/rotate.ts';
import { loadServer } from '../../../../src/pki/server.ts';
import { renewServer } from '../../../../src/pki/server-renew.ts';
import { fingerprintOf } from '../../../../src/pki/store/entry.ts';
import { withStore } from '../../../../src/pki/store/store.ts';
import { addClient, renewClient } from '../../../../src/pki/users/issue.ts';
import { revokeCertificates } from '../../../../src/pki/users/revoke.ts';
import { HOST, temporaryDirectory } from '../helpers.ts';

/** How many more writes succeed; Infinity while nothing is to fail. */
const disk = vi.hoisted(() => ({ left: Infinity }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  type Call = (...args: unknown[]) => unknown;
  const writing =
    (call: unknown) =>
    (...args: unknown[]) => {
      if (disk.left <= 0) return Promise.reject(new Error('killed'));
      disk.left -= 1;
      return (call as Call)(...args);
    };
  const open = async (...args: Parameters<typeof real.open>) => {
    const opened =
      args[1] === 'w' || args[1] === 'wx' ? writing(real.open)(...args) : real.open(...args);
    const file = (await opened) as Awaited<ReturnType<typeof real.open>>;
    // What the disk does in a power cut is not asked here, and thousands of syncs take their time.
    return Object.assign(file, { sync: () => Promise.resolve() });
  };
  const names = [
    'rename',
    'link',
    'unlink',
    'rm',
    'mkdir',
    'mkdtemp',
    'chmod',
    'writeFile',
  ] as const;
  return { ...real, ...Object.fromEntries(names.map((name) => [name, writing(real[name])])), open };
});

let pristine: string;
let dir: string;

beforeAll(async () => {
  pristine = join(await temporaryDirectory(), 'certs');
  await initCertificates({ dir: pristine, sans: [], clients: ['alice', 'bob'], host: HOST });
  await revokeCertificates({ dir: pristine, name: 'bob', reason: 'keyCompromise' });
});

beforeEach(() => {
  disk.left = Infinity;
});

/** Runs `command` so often that it is cut at each of its writes; returns how many there were. */
async function cutEverywhere(
  command: () => Promise<unknown>,
  check: (finished: boolean) => Promise<void>,
): Promise<number> {
  const parent = await temporaryDirectory();
  for (let writes = 0; ; writes += 1) {
    dir = join(await mkdtemp(join(parent, 'run-')), 'certs');
    await cp(pristine, dir, { recursive: true });
    disk.left = writes;
    const finished = await command().then(
      () => true,
      () => false,
    );
    disk.left = Infinity;
    // Of a process that was killed the lock is taken over; this one lives on.
    await rm(join(dir, '.lock'), { force: true });
    await check(finished);
    await rm(dir, { recursive: true });
    if (finished) return writes;
  }
}

/** Whatever happened: each file is whole, and what was revoked is revoked. */
async function expectWhole(): Promise<void> {
  const before = await inventory(pristine);
  const crls = readCrls(await readFile(join(dir, 'crl.pem'), 'utf8'), 'crl.pem');
  const listed = crls.flatMap(({ revoked }) => [...revoked.keys()]);
  expect(listed).toContain(before.find(({ user }) => user === 'bob')?.serial.replace(/^0+/, ''));
  expect((await inventory(dir)).length).toBeGreaterThanOrEqual(before.length);
  // The next command puts things right.
  await withStore(dir, 'test', () => Promise.resolve());
  const names = await readdir(dir, { recursive: true });
  expect(names.filter((name) => /(^|\/)\./.test(name))).toEqual([]);
  const layout = layoutOf(dir);
  const now = new Date();
  await loadAuthorities(layout, { now, passphrase: undefined });
  await loadServer(layout.server);
  await loadClient(layout.clients, 'alice');
  // What is in use is known, and what was issued is listed.
  const known = (await inventory(dir)).map(({ fingerprint }) => fingerprint);
  for (const path of ['server-cert.pem', 'clients/alice/cert.pem', 'ca.pem']) {
    const certificate = new X509Certificate(await readFile(join(dir, path)));
    expect(known).toContain(fingerprintOf(certificate));
  }
  expect(await readdir(join(dir, 'issued'))).toHaveLength(known.length);
}

const inventory = (where: string) => Promise.resolve(readInventory(where) ?? []);

const current = async (user: string): Promise<string> =>
  fingerprintOf(new X509Certificate(await readFile(join(dir, 'clients', user, 'cert.pem'))));

describe('killed at any write', () => {
  it('client renew leaves the old certificate or the new one', async () => {
    const old = (await inventory(pristine)).find(({ user }) => user === 'alice');
    const writes = await cutEverywhere(
      () => renewClient({ dir, name: 'alice' }),
      async (finished) => {
        await expectWhole();
        const entries = (await inventory(dir)).filter(({ user }) => user === 'alice');
        const isNew = (await current('alice')) !== old?.fingerprint;
        expect(entries).toHaveLength(isNew ? 2 : 1);
        expect(entries[0]?.supersededAt !== undefined).toBe(isNew);
        if (finished) expect(isNew).toBe(true);
      },
    );
    expect(writes).toBeGreaterThan(8);
  });

  it('client add leaves no user or a whole one', async () => {
    await cutEverywhere(
      () => addClient({ dir, name: 'carol', role: 'dev' }),
      async (finished) => {
        await expectWhole();
        const carol = await loadClient(join(dir, 'clients'), 'carol');
        const entries = (await inventory(dir)).filter(({ user }) => user === 'carol');
        expect(entries).toHaveLength(carol === undefined ? 0 : 1);
        if (finished) expect(carol).toBeDefined();
      },
    );
  });

  it('client revoke leaves the old list or the new one, and never the inventory ahead of it', async () => {
    const alice = (await inventory(pristine)).find(({ user }) => user === 'alice');
    await cutEverywhere(
      () => revokeCertificates({ dir, name: 'alice', reason: 'unspecified' }),
      async (finished) => {
        const [crl] = readCrls(await readFile(join(dir, 'crl.pem'), 'utf8'), 'crl.pem');
        const listed = crl?.revoked.has((alice?.serial ?? '').replace(/^0+/, '')) === true;
        const inventoried = (await inventory(dir)).some(
          ({ user, revoked }) => user === 'alice' && revoked !== undefined,
        );
        if (inventoried) expect(listed).toBe(true);
        await expectWhole();
        if (finished) expect(listed && inventoried).toBe(true);
      },
    );
  });

  it('server renew leaves a certificate with its key', async () => {
    await cutEverywhere(
      () => renewServer({ dir, sans: ['new.example.com'], host: HOST }),
      async (finished) => {
        await expectWhole();
        const server = await loadServer(layoutOf(dir).server);
        if (finished) expect(server?.certificate.checkHost('new.example.com')).toBeDefined();
      },
    );
  });

  it('ca rotate leaves one CA or two, with their keys', async () => {
    await cutEverywhere(
      () => rotate({ dir, host: HOST }),
      async (finished) => {
        await expectWhole();
        const { previous } = await loadAuthorities(layoutOf(dir), {
          now: new Date(),
          passphrase: undefined,
        });
        const bundle = await readFile(join(dir, 'ca.pem'), 'utf8');
        expect(bundle.match(/BEGIN/g)).toHaveLength(previous === undefined ? 1 : 2);
        expect(await readFile(join(dir, 'clients/alice/ca.pem'), 'utf8')).toBe(bundle);
        if (finished) expect(previous).toBeDefined();
      },
    );
  });
});
