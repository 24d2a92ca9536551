import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCrls } from '../../../../src/pki/crl/read.ts';
import { initCertificates } from '../../../../src/pki/init.ts';
import { readInventory } from '../../../../src/pki/inventory.ts';
import { describeAuthorities } from '../../../../src/pki/rotation/describe.ts';
import { rotate } from '../../../../src/pki/rotation/rotate.ts';
import { renewServer } from '../../../../src/pki/server-renew.ts';
import { addClient, renewClient } from '../../../../src/pki/users/issue.ts';
import { revokeCertificates } from '../../../../src/pki/users/revoke.ts';
import { stateOf } from '../../../../src/pki/users/states.ts';
import { basicConstraints } from '../../../../src/pki/extensions.ts';
import { createThrowawayCa } from '../../../support/throwaway-ca.ts';
import { HOST, openssl, refusal, temporaryDirectory } from '../helpers.ts';
import { handshake } from '../tls.ts';

let dir: string;
const at = (...path: string[]): string => join(dir, ...path);
const read = (...path: string[]): Promise<string> => readFile(at(...path), 'utf8');

beforeEach(async () => {
  dir = join(await temporaryDirectory(), 'certs');
  await initCertificates({ dir, sans: [], clients: ['alice', 'bob'], host: HOST });
});

/** What a user carries about: copies that nobody changes afterwards. */
interface Copy {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const copyOf = async (name: string): Promise<Copy> => ({
  ca: await read('clients', name, 'ca.pem'),
  cert: await read('clients', name, 'cert.pem'),
  key: await read('clients', name, 'key.pem'),
});

/** Whether the two sides take to each other, each with the CAs that it has. */
async function meet(client: Copy): Promise<string> {
  const server = { cert: await read('server-cert.pem'), key: await read('server-key.pem') };
  const gateCa = await read('ca.pem');
  const verdicts: string[] = [];
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const seen = await handshake(
      { client: client.ca, server: gateCa },
      { server, client, host: '192.0.2.7' },
      version,
    );
    verdicts.push(`${seen.client}, ${seen.server}`);
  }
  return [...new Set(verdicts)].join(' | ');
}

const GOOD = 'authorized, authorized';

describe('ca rotate', () => {
  it('refuses nobody at any step, with old copies and new ones', async () => {
    const old = await copyOf('alice');
    expect(await meet(old)).toBe(GOOD);

    const begun = await rotate({ dir, host: HOST });
    expect(begun).toMatchObject({
      step: 'began',
      status: { server: 'previous', notMoved: ['alice', 'bob'], vouched: true },
    });
    await renewClient({ dir, name: 'alice' });
    const moved = await copyOf('alice');
    await addClient({ dir, name: 'carol' });
    const fresh = await copyOf('carol');
    for (const copy of [old, moved, fresh]) expect(await meet(copy)).toBe(GOOD);

    const waited = await rotate({ dir, host: HOST });
    expect(waited).toMatchObject({ step: 'waited', status: { notMoved: ['bob'] } });
    const switched = await rotate({ dir, host: HOST, switchServer: true });
    expect(switched).toMatchObject({ step: 'switched', status: { server: 'current' } });
    for (const copy of [old, moved, fresh]) expect(await meet(copy)).toBe(GOOD);
    // A new certificate with the ca.pem of before, and the other way round.
    expect(await meet({ ...moved, ca: old.ca })).toBe(GOOD);
    expect(await meet({ ...old, ca: moved.ca })).toBe(GOOD);

    const refused = await refusal(rotate({ dir, host: HOST, dropOld: true }), 'ROTATION');
    expect(refused.message).toContain('locked out: bob');
    await renewClient({ dir, name: 'bob' });
    const bob = await copyOf('bob');
    expect(await rotate({ dir, host: HOST, dropOld: true })).toEqual({
      step: 'dropped',
      status: undefined,
      issued: [],
    });
    for (const copy of [moved, fresh, bob]) expect(await meet(copy)).toBe(GOOD);
    expect(await meet(old)).toContain('authorized, SELF_SIGNED_CERT_IN_CHAIN');
    expect((await readdir(dir)).filter((name) => /old|cross/.test(name))).toEqual([]);
  });

  it('is seen as good by openssl, with the old ca.pem and the new one, strictly', async () => {
    const verify = (ca: string, path: string) =>
      openssl('verify', '-x509_strict', '-CAfile', ca, '-untrusted', at('server-cert.pem'), path);
    await rotate({ dir, host: HOST });
    await rotate({ dir, host: HOST, switchServer: true });
    await addClient({ dir, name: 'carol' });
    expect(await verify(at('ca-old.pem'), at('server-cert.pem'))).toContain('OK');
    expect(await verify(at('ca.pem'), at('server-cert.pem'))).toContain('OK');
    expect(await verify(at('ca.pem'), at('clients/carol/cert.pem'))).toContain('OK');
    expect(await verify(at('ca.pem'), at('clients/alice/cert.pem'))).toContain('OK');
  });

  it('switches the server by itself once everybody has moved', async () => {
    await rotate({ dir, host: HOST });
    await renewClient({ dir, name: 'alice' });
    await revokeCertificates({ dir, name: 'bob', reason: 'unspecified' });
    const { step, status } = await rotate({ dir, host: HOST });
    expect(step).toBe('switched');
    expect(status?.notMoved).toEqual([]);
    expect(status?.leftBehind.map(({ user }) => user)).toEqual(['alice']);
    expect((await rotate({ dir, host: HOST })).step).toBe('waited');
  });

  it('keeps the server with the old CA while it is renewed in between, and its names', async () => {
    await rotate({ dir, host: HOST });
    const { entry } = await renewServer({ dir, sans: ['added.example.com'], host: HOST });
    const { authorities } = await describeAuthorities(dir, {
      now: new Date(),
      passphrase: undefined,
    });
    expect(authorities.map(({ part, key }) => [part, key])).toEqual([
      ['signs', 'here'],
      ['old', 'here'],
    ]);
    expect(entry.issuer).toBe(authorities[1]?.id);
    await rotate({ dir, host: HOST, switchServer: true });
    const after = await renewServer({ dir, sans: [], host: HOST });
    expect(after.entry.issuer).toBe(authorities[0]?.id);
    expect(after.sans).toContain('added.example.com');
    // The word of the old CA for the new one goes on coming along.
    expect((await read('server-cert.pem')).match(/BEGIN/g)).toHaveLength(2);
  });

  it('writes a list for each CA, and revokes certificates of both', async () => {
    await rotate({ dir, host: HOST });
    await renewClient({ dir, name: 'alice' });
    await revokeCertificates({ dir, name: 'alice', reason: 'keyCompromise' });
    const serials = (readInventory(dir) ?? []).filter(({ user }) => user === 'alice');
    expect(serials).toHaveLength(2);
    for (const { serial } of serials) {
      const path = at('issued', `${serial}.pem`);
      const check = openssl(
        'verify',
        '-crl_check',
        '-CRLfile',
        at('crl.pem'),
        '-CAfile',
        at('ca.pem'),
        path,
      );
      await expect(check).rejects.toThrow('certificate revoked');
    }
    expect((await read('crl.pem')).match(/BEGIN/g)).toHaveLength(2);
    // A serial number that nobody has seen may be from either.
    await revokeCertificates({ dir, serial: 'ABCD', reason: 'unspecified' });
    const crls = readCrls(await read('crl.pem'), 'crl.pem');
    expect(crls.map(({ revoked }) => revoked.has('ABCD'))).toEqual([true, true]);
  });

  it('goes on without the old key, unless something of the old CA is to be revoked', async () => {
    await rotate({ dir, host: HOST });
    await rm(at('ca-old-key.pem'));
    await renewClient({ dir, name: 'alice' });
    const { message } = await refusal(
      revokeCertificates({ dir, name: 'bob', reason: 'unspecified' }),
      'FILE_UNREADABLE',
    );
    expect(message).toContain('ca-old-key.pem');
  });

  it('locks out only those who are named, where it is forced', async () => {
    await rotate({ dir, host: HOST });
    await renewClient({ dir, name: 'alice' });
    await rotate({ dir, host: HOST, switchServer: true });
    await rotate({ dir, host: HOST, dropOld: true, force: true });
    const states = (readInventory(dir) ?? [])
      .filter(({ kind }) => kind === 'client')
      .map((entry) => [entry.user, stateOf(entry, new Date())]);
    expect(states).toEqual(
      expect.arrayContaining([
        ['alice', 'valid'],
        ['bob', 'superseded'],
      ]),
    );
  });

  it('encrypts the new key as the old one', async () => {
    const locked = join(await temporaryDirectory(), 'certs');
    await initCertificates({ dir: locked, sans: [], clients: [], caPassphrase: 's', host: HOST });
    await refusal(rotate({ dir: locked, host: HOST }), 'PASSPHRASE');
    await rotate({ dir: locked, host: HOST, caPassphrase: 's' });
    for (const name of ['ca-key.pem', 'ca-old-key.pem']) {
      expect(await readFile(join(locked, name), 'utf8')).toContain('BEGIN ENCRYPTED');
    }
  });

  it('refuses steps that are not to be done yet', async () => {
    await refusal(rotate({ dir, host: HOST, switchServer: true }), 'ROTATION');
    await refusal(rotate({ dir, host: HOST, dropOld: true }), 'ROTATION');
    await rotate({ dir, host: HOST });
    await refusal(rotate({ dir, host: HOST, dropOld: true, force: true }), 'ROTATION');
  });

  it('lets the server wait for all users where the old CA allows no CA below it', async () => {
    const ca = await createThrowawayCa({ extensions: () => [basicConstraints({ pathLength: 0 })] });
    const other = await ca.writeCertsDir(join(await temporaryDirectory(), 'certs'));
    const { status } = await rotate({ dir: other, host: HOST });
    expect(status).toMatchObject({ vouched: false, notMoved: ['alice'] });
    const early = rotate({ dir: other, host: HOST, switchServer: true });
    expect((await refusal(early, 'ROTATION')).message).toContain('alice');
    await renewClient({ dir: other, name: 'alice' });
    expect((await rotate({ dir: other, host: HOST })).step).toBe('switched');
  });
});
