import { X509Certificate } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCrls } from '../../../../src/pki/crl/read.ts';
import { initCertificates } from '../../../../src/pki/init.ts';
import { readInventory, readWholeInventory } from '../../../../src/pki/inventory.ts';
import { refreshLists } from '../../../../src/pki/refresh-lists.ts';
import { readEntries } from '../../../../src/pki/store/store.ts';
import { addClient, renewClient } from '../../../../src/pki/users/issue.ts';
import { revokeCertificates } from '../../../../src/pki/users/revoke.ts';
import { stateOf } from '../../../../src/pki/users/states.ts';
import { createThrowawayCa } from '../../../support/throwaway-ca.ts';
import { HOST, mode, openssl, refusal, snapshot, temporaryDirectory } from '../helpers.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const later = (ms: number): Date => new Date(Date.now() + ms);

let dir: string;
const at = (...path: string[]): string => join(dir, ...path);

beforeEach(async () => {
  dir = join(await temporaryDirectory(), 'certs');
  await initCertificates({ dir, sans: [], clients: [], host: HOST });
});

const certificateOf = async (name: string): Promise<X509Certificate> =>
  new X509Certificate(await readFile(at('clients', name, 'cert.pem')));

const entriesOf = (name: string) =>
  (readInventory(dir) ?? []).filter(({ kind, user }) => kind === 'client' && user === name);

async function csr(): Promise<{ pem: string; source: string }> {
  const work = await temporaryDirectory();
  await openssl(
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...[
      '-keyout',
      join(work, 'key.pem'),
      '-subj',
      '/CN=root/OU=admin',
      '-out',
      join(work, 'csr.pem'),
    ],
  );
  return { pem: await readFile(join(work, 'csr.pem'), 'utf8'), source: 'csr.pem' };
}

const verify = (path: string, ...more: string[]): Promise<string> =>
  openssl(
    'verify',
    '-x509_strict',
    '-purpose',
    'sslclient',
    ...more,
    '-CAfile',
    at('ca.pem'),
    path,
  );

describe('client add', () => {
  it('writes a whole user, recorded in issued/ and the inventory', async () => {
    const { entry } = await addClient({ dir, name: 'alice', role: 'dev', days: 30 });
    const certificate = await certificateOf('alice');
    expect(certificate.subject).toBe('OU=dev\nCN=alice');
    expect(entry).toMatchObject({ user: 'alice', role: 'dev', kind: 'client' });
    expect(entriesOf('alice')).toEqual([entry]);
    expect(await readFile(at('issued', `${entry.serial}.pem`), 'utf8')).toBe(
      certificate.toString(),
    );
    expect(await mode(at('clients/alice'))).toBe('700');
    expect(await mode(at('clients/alice/key.pem'))).toBe('600');
    expect(await verify(at('clients/alice/cert.pem'))).toContain('OK');
  });

  it('takes the key of a request and nothing else of it', async () => {
    await addClient({ dir, name: 'bob', request: await csr() });
    expect((await certificateOf('bob')).subject).toBe('CN=bob');
    expect(await readdir(at('clients/bob'))).toEqual(['ca.pem', 'cert.pem', 'csr.pem']);
    expect(await verify(at('clients/bob/cert.pem'))).toContain('OK');
    // init-certs knows that there is no key, and why.
    const { kept } = await initCertificates({ dir, sans: [], clients: ['bob'], host: HOST });
    expect(kept.map(({ what }) => what)).toContain('client bob');
  });

  it('refuses a key that has a certificate already, revoked or not', async () => {
    const request = await csr();
    await addClient({ dir, name: 'bob', request });
    await revokeCertificates({ dir, name: 'bob', reason: 'keyCompromise' });
    await refusal(addClient({ dir, name: 'mallory', request }), 'CSR_INVALID');
    await refusal(renewClient({ dir, name: 'bob', request }), 'CSR_INVALID');
  });

  it('refuses a name that is taken, or differs from one in case alone', async () => {
    await addClient({ dir, name: 'alice' });
    const before = await snapshot(dir);
    const { hint } = await refusal(addClient({ dir, name: 'alice' }), 'NAME_TAKEN');
    expect(hint).toContain('client renew alice');
    await refusal(addClient({ dir, name: 'Alice' }), 'NAME_TAKEN');
    expect(await snapshot(dir)).toEqual(before);
  });

  it.each(['', '../x', 'a/b', '.', '-x', 'a\nb', 'a\0b', 'é'])(
    'refuses the name %j',
    async (name) => {
      const before = await snapshot(dir);
      await refusal(addClient({ dir, name }), 'NAME_INVALID');
      await refusal(addClient({ dir, name: 'alice', role: name }), 'NAME_INVALID');
      expect(await snapshot(dir)).toEqual(before);
    },
  );

  it('says what is missing: directory, CA, CA key, passphrase', async () => {
    await refusal(addClient({ dir: at('nowhere'), name: 'alice' }), 'FILE_UNREADABLE');
    await rm(at('ca-key.pem'));
    const { message } = await refusal(addClient({ dir, name: 'alice' }), 'FILE_UNREADABLE');
    expect(message).toContain('ca-key.pem is missing');
    const locked = join(await temporaryDirectory(), 'certs');
    await initCertificates({ dir: locked, sans: [], clients: [], caPassphrase: 's', host: HOST });
    await refusal(addClient({ dir: locked, name: 'alice' }), 'PASSPHRASE');
    await refusal(addClient({ dir: locked, name: 'alice', caPassphrase: 'x' }), 'PASSPHRASE');
    expect((await addClient({ dir: locked, name: 'alice', caPassphrase: 's' })).entry.user).toBe(
      'alice',
    );
  });
});

describe('client renew', () => {
  it('makes a new key under the same role; the old certificate ends after 24 hours', async () => {
    const old = await addClient({ dir, name: 'alice', role: 'dev' });
    const oldKey = await readFile(at('clients/alice/key.pem'), 'utf8');
    const { entry } = await renewClient({ dir, name: 'alice' });
    expect(entry.role).toBe('dev');
    expect(await readFile(at('clients/alice/key.pem'), 'utf8')).not.toBe(oldKey);
    const [before, after] = entriesOf('alice');
    expect(before?.fingerprint).toBe(old.entry.fingerprint);
    expect(after).toEqual(entry);
    if (!before) throw new Error('no entry');
    expect(stateOf(before, later(23 * HOUR_MS))).toBe('expiring');
    expect(stateOf(before, later(25 * HOUR_MS))).toBe('superseded');
    expect(stateOf(entry, later(25 * HOUR_MS))).toBe('valid');
  });

  it('lets nothing live longer by renewing again', async () => {
    await addClient({ dir, name: 'alice' });
    await renewClient({ dir, name: 'alice', graceMs: 0 });
    const [first] = entriesOf('alice');
    await renewClient({ dir, name: 'alice', now: later(HOUR_MS) });
    expect(entriesOf('alice')[0]).toEqual(first);
  });

  it('refuses one whom nobody knows, and a new key for one who makes their own', async () => {
    await refusal(renewClient({ dir, name: 'nobody' }), 'NOT_FOUND');
    await addClient({ dir, name: 'bob', request: await csr() });
    const { message } = await refusal(renewClient({ dir, name: 'bob' }), 'CSR_INVALID');
    expect(message).toContain('made elsewhere');
    await renewClient({ dir, name: 'bob', request: await csr() });
    expect(entriesOf('bob')).toHaveLength(2);
  });

  it('puts what is superseded on the list, once its time has come', async () => {
    const { entry } = await addClient({ dir, name: 'alice' });
    await revokeCertificates({ dir, serial: 'ABCD', reason: 'unspecified' });
    await renewClient({ dir, name: 'alice' });
    await refreshLists({ dir });
    await readList();
    expect(listed().get(entry.serial.replace(/^0+/, ''))).toBeUndefined();
    await refreshLists({ dir, now: later(25 * HOUR_MS) });
    await readList();
    expect(listed().get(entry.serial.replace(/^0+/, ''))?.reason).toBe('superseded');
  });
});

let text: string;
const listed = () => new Map([...(readCrls(text, 'crl.pem')[0]?.revoked ?? [])]);
async function readList(): Promise<void> {
  text = await readFile(at('crl.pem'), 'utf8');
}

describe('client revoke', () => {
  it('revokes all certificates of a user, and openssl agrees', async () => {
    await addClient({ dir, name: 'alice' });
    await addClient({ dir, name: 'bob' });
    await renewClient({ dir, name: 'alice' });
    const { revoked } = await revokeCertificates({ dir, name: 'alice', reason: 'keyCompromise' });
    expect(revoked).toHaveLength(2);
    for (const { serial } of revoked) {
      const check = verify(at('issued', `${serial}.pem`), '-crl_check', '-CRLfile', at('crl.pem'));
      await expect(check).rejects.toThrow('certificate revoked');
    }
    const bob = verify(at('clients/bob/cert.pem'), '-crl_check', '-CRLfile', at('crl.pem'));
    expect(await bob).toContain('OK');
    expect(await openssl('crl', '-in', at('crl.pem'), '-noout', '-text')).toContain(
      'Key Compromise',
    );
    expect(entriesOf('alice').map((entry) => stateOf(entry, new Date()))).toEqual([
      'revoked',
      'revoked',
    ]);
  });

  it('revokes one by its serial number, in whatever form it is written', async () => {
    const { entry } = await addClient({ dir, name: 'alice' });
    await renewClient({ dir, name: 'alice' });
    const serial = (entry.serial.match(/../g) ?? []).join(':').toLowerCase();
    const { revoked } = await revokeCertificates({ dir, serial, reason: 'superseded' });
    expect(revoked.map(({ fingerprint }) => fingerprint)).toEqual([entry.fingerprint]);
    expect(entriesOf('alice').filter((each) => each.revoked)).toHaveLength(1);
  });

  it('revokes a serial number that nobody here has seen, and keeps it though the list be lost', async () => {
    const { unseen } = await revokeCertificates({ dir, serial: '00:Ab:Cd', reason: 'unspecified' });
    expect(unseen.map(({ serial }) => serial)).toEqual(['ABCD']);
    await readList();
    expect(listed().has('ABCD')).toBe(true);
    await rm(at('crl.pem'));
    expect(readWholeInventory(dir)?.revokedUnseen).toHaveLength(1);
    await addClient({ dir, name: 'alice' });
    await readList();
    expect(listed().has('ABCD')).toBe(true);
  });

  it('numbers each list higher than the one before, a lost one included', async () => {
    const numbers: bigint[] = [];
    for (const serial of ['01', '02', '03']) {
      await revokeCertificates({ dir, serial, reason: 'unspecified' });
      await readList();
      numbers.push(readCrls(text, 'crl.pem')[0]?.number ?? 0n);
    }
    await rm(at('crl.pem'));
    await refreshLists({ dir, now: later(60_000) });
    await readList();
    numbers.push(readCrls(text, 'crl.pem')[0]?.number ?? 0n);
    expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(numbers).size).toBe(4);
  });

  it('changes nothing of what was revoked before, and says so', async () => {
    await addClient({ dir, name: 'alice' });
    await revokeCertificates({ dir, name: 'alice', reason: 'keyCompromise' });
    const before = entriesOf('alice');
    const again = await revokeCertificates({ dir, name: 'alice', reason: 'unspecified' });
    expect(again.revoked).toEqual([]);
    expect(again.already).toEqual(before);
    expect(entriesOf('alice')).toEqual(before);
  });

  it('drops from the list what a list has shown past its end', async () => {
    await addClient({ dir, name: 'alice', days: 1 });
    await revokeCertificates({ dir, name: 'alice', reason: 'keyCompromise' });
    for (const [days, size] of [
      [2, 1],
      [3, 0],
    ] as const) {
      await refreshLists({ dir, now: later(days * DAY_MS) });
      await readList();
      expect(listed().size).toBe(size);
    }
  });

  it('carries what a list of before holds and nobody here knows', async () => {
    await revokeCertificates({ dir, serial: 'ABCD', reason: 'cACompromise' });
    await rm(at('inventory.json'));
    await refreshLists({ dir });
    await readList();
    expect(listed().get('ABCD')?.reason).toBe('cACompromise');
  });

  it('refuses what names nobody, a CA itself and a list that is broken', async () => {
    await refusal(revokeCertificates({ dir, reason: 'unspecified' }), 'USAGE');
    await refusal(revokeCertificates({ dir, serial: 'xyz', reason: 'unspecified' }), 'USAGE');
    await refusal(revokeCertificates({ dir, name: 'nobody', reason: 'unspecified' }), 'NOT_FOUND');
    const ca = new X509Certificate(await readFile(at('ca.pem')));
    await refusal(
      revokeCertificates({ dir, serial: ca.serialNumber, reason: 'unspecified' }),
      'CERTIFICATE_INVALID',
    );
    await addClient({ dir, name: 'alice' });
    await writeFile(at('crl.pem'), '');
    await refusal(revokeCertificates({ dir, name: 'alice', reason: 'unspecified' }), 'CRL_INVALID');
    expect(entriesOf('alice')[0]?.revoked).toBeUndefined();
  });
});

describe('an inventory that is lost or broken', () => {
  it.each([
    ['lost', () => rm(at('inventory.json'))],
    ['broken', () => writeFile(at('inventory.json'), '{')],
  ])('is made again from the certificates and the list (%s)', async (_, damage) => {
    await addClient({ dir, name: 'alice', role: 'dev' });
    await addClient({ dir, name: 'bob' });
    await renewClient({ dir, name: 'alice', now: later(2000) });
    await revokeCertificates({ dir, name: 'bob', reason: 'keyCompromise' });
    const before = readInventory(dir) ?? [];
    await damage();
    const after = await readEntries(dir, 'client list');
    const essence = (entries: typeof before) =>
      entries
        .map((entry) => [
          entry.fingerprint,
          entry.user,
          entry.role,
          entry.issuer,
          entry.revoked?.reason,
          entry.supersededAt !== undefined,
        ])
        .toSorted();
    expect(essence(after)).toEqual(essence(before));
    expect(readInventory(dir)).toEqual(after);
  });

  it('is made for a directory that another tool filled', async () => {
    const ca = await createThrowawayCa();
    const other = await ca.writeCertsDir(join(await temporaryDirectory(), 'certs'));
    const entries = await readEntries(other, 'client list');
    expect(entries.map(({ kind, user }) => [kind, user]).toSorted()).toEqual([
      ['ca', 'ca'],
      ['client', 'alice'],
      ['server', 'server'],
    ]);
    expect(await readdir(join(other, 'issued'))).toHaveLength(3);
  });

  it('is not made again where the list cannot be read: who is revoked is not known then', async () => {
    await revokeCertificates({ dir, serial: 'ABCD', reason: 'unspecified' });
    await rm(at('inventory.json'));
    await writeFile(at('crl.pem'), 'rubbish');
    await refusal(readEntries(dir, 'client list'), 'CRL_INVALID');
  });
});
