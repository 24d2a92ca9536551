import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initCertificates, type InitOptions, type InitReport } from '../../../src/pki/init.ts';
import { HOST, mode, openssl, snapshot, temporaryDirectory, withUmask } from './helpers.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

const init = (dir: string, options: Partial<InitOptions> = {}): Promise<InitReport> =>
  initCertificates({ dir, sans: [], clients: ['alice'], now: NOW, host: HOST, ...options });

const load = async (...path: string[]): Promise<X509Certificate> =>
  new X509Certificate(await readFile(join(...path)));

const lifetimeDays = (certificate: X509Certificate): number =>
  (Date.parse(certificate.validTo) - NOW.getTime()) / DAY_MS;

describe('in an empty place, initCertificates', () => {
  it('makes the layout with its modes, whatever the umask is', async () => {
    for (const mask of [0, 0o077]) {
      const dir = join(await temporaryDirectory(), 'certs');
      await withUmask(mask, () => init(dir, { clients: ['alice', 'ci@example.com'] }));
      const modes: Record<string, string> = { '.': await mode(dir) };
      for (const name of await readdir(dir, { recursive: true })) {
        modes[name.replace(/[0-9A-F]{28,}/, 'SERIAL')] = await mode(join(dir, name));
      }
      expect(modes).toEqual({
        '.': '700',
        'ca.pem': '644',
        'ca-key.pem': '600',
        'server-cert.pem': '644',
        'server-key.pem': '600',
        'inventory.json': '644',
        issued: '700',
        'issued/SERIAL.pem': '644',
        clients: '700',
        'clients/alice': '700',
        'clients/alice/ca.pem': '644',
        'clients/alice/cert.pem': '644',
        'clients/alice/key.pem': '600',
        'clients/ci@example.com': '700',
        'clients/ci@example.com/ca.pem': '644',
        'clients/ci@example.com/cert.pem': '644',
        'clients/ci@example.com/key.pem': '600',
      });
    }
  });

  it('reports each thing that it made', async () => {
    const dir = join(await temporaryDirectory(), 'certs');
    expect(await init(dir)).toEqual({
      created: [
        { what: 'CA certificate', path: join(dir, 'ca.pem'), detail: 'valid until 2036-02-27' },
        { what: 'CA key', path: join(dir, 'ca-key.pem') },
        {
          what: 'server certificate',
          path: join(dir, 'server-cert.pem'),
          detail:
            'valid until 2027-03-01; for localhost, gate.example.com, 127.0.0.1, ::1, 192.0.2.7, 2001:db8::7',
        },
        { what: 'server key', path: join(dir, 'server-key.pem') },
        {
          what: 'client alice',
          path: join(dir, 'clients', 'alice'),
          detail: 'valid until 2027-03-01',
        },
      ],
      kept: [],
      issued: [
        expect.objectContaining({ kind: 'ca', user: 'ca' }),
        expect.objectContaining({ kind: 'server', user: 'server' }),
        expect.objectContaining({ kind: 'client', user: 'alice' }),
      ],
    });
    const again = await init(dir, { clients: ['alice', 'bob'] });
    expect(again.issued).toEqual([expect.objectContaining({ user: 'bob' })]);
    expect((await init(dir, { clients: ['alice', 'bob'] })).issued).toEqual([]);
  });

  it.each([
    ['ecdsa', {}, 'id-ecPublicKey', 'prime256v1'],
    ['rsa', { keyType: 'rsa' }, 'rsaEncryption', '2048 bit'],
    ['rsa 3072', { keyType: 'rsa', rsaBits: 3072 }, 'rsaEncryption', '3072 bit'],
  ] as const)(
    'makes certificates that openssl verifies strictly (%s)',
    async (_, options, ...key) => {
      const dir = await temporaryDirectory();
      await init(dir, { ...options, now: new Date() });
      const ca = join(dir, 'ca.pem');
      const server = join(dir, 'server-cert.pem');
      const client = join(dir, 'clients/alice/cert.pem');
      const verify = (purpose: string, path: string) =>
        openssl('verify', '-x509_strict', '-CAfile', ca, '-purpose', purpose, path);
      expect(await verify('sslserver', server)).toContain('OK');
      expect(await verify('sslclient', client)).toContain('OK');
      await expect(verify('sslclient', server)).rejects.toThrow(/unsuitable|unsupported/);
      await expect(verify('sslserver', client)).rejects.toThrow(/unsuitable|unsupported/);
      const text = await openssl('x509', '-in', server, '-noout', '-text');
      for (const word of key) expect(text).toContain(word);
    },
  );

  it('gives CA, server and client exactly the extensions of their trade', async () => {
    const dir = await temporaryDirectory();
    await init(dir);
    const shown = async (path: string) =>
      (
        await openssl(
          ...['x509', '-in', join(dir, path), '-noout', '-ext'],
          'basicConstraints,keyUsage,extendedKeyUsage',
        )
      )
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    expect(await shown('ca.pem')).toEqual([
      'X509v3 Basic Constraints: critical',
      'CA:TRUE, pathlen:1',
      'X509v3 Key Usage: critical',
      'Certificate Sign, CRL Sign',
    ]);
    const leaf = (purpose: string) => [
      'X509v3 Basic Constraints: critical',
      'CA:FALSE',
      'X509v3 Key Usage: critical',
      'Digital Signature',
      'X509v3 Extended Key Usage:',
      purpose,
    ];
    expect(await shown('server-cert.pem')).toEqual(leaf('TLS Web Server Authentication'));
    expect(await shown('clients/alice/cert.pem')).toEqual(leaf('TLS Web Client Authentication'));
  });

  it('names the client in one CN and nothing else', async () => {
    const dir = await temporaryDirectory();
    await init(dir, { clients: ['al_ice@host'] });
    const client = await load(dir, 'clients/al_ice@host/cert.pem');
    expect(client.subject).toBe('CN=al_ice@host');
    expect(client.subjectAltName).toBeUndefined();
  });

  it('dates everything five minutes back: CA 10 years, leaves 1 year or as many days as asked', async () => {
    const dir = await temporaryDirectory();
    await init(dir);
    await init(dir, { clients: ['bob'], days: 7 });
    const ca = await load(dir, 'ca.pem');
    expect(lifetimeDays(ca)).toBe(3650);
    expect(Date.parse(ca.validFrom)).toBe(NOW.getTime() - 300_000);
    expect(lifetimeDays(await load(dir, 'server-cert.pem'))).toBe(365);
    expect(lifetimeDays(await load(dir, 'clients/alice/cert.pem'))).toBe(365);
    expect(lifetimeDays(await load(dir, 'clients/bob/cert.pem'))).toBe(7);
  });

  it('never lets a leaf outlive its CA, and says so', async () => {
    const dir = await temporaryDirectory();
    const { created } = await init(dir, { days: 5000 });
    const ca = await load(dir, 'ca.pem');
    expect((await load(dir, 'server-cert.pem')).validTo).toBe(ca.validTo);
    expect((await load(dir, 'clients/alice/cert.pem')).validTo).toBe(ca.validTo);
    const details = created.map(({ detail }) => detail ?? '').join('\n');
    expect(details.match(/not for 5000 days: the CA ends then/g)).toHaveLength(2);
  });

  it('encrypts the key of a new CA where a passphrase is given', async () => {
    const dir = await temporaryDirectory();
    await init(dir, { caPassphrase: 'open sesame' });
    const key = await readFile(join(dir, 'ca-key.pem'), 'utf8');
    expect(key).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    const { created } = await init(dir, { caPassphrase: 'open sesame', clients: ['bob'] });
    expect(created.map(({ what }) => what)).toEqual(['client bob']);
  });
});

describe('in a place that has certificates, initCertificates', () => {
  it('overwrites nothing and says what it left', async () => {
    const dir = await temporaryDirectory();
    const first = await init(dir);
    const before = await snapshot(dir);
    const { created, kept } = await init(dir, { sans: ['localhost'] });
    expect(created).toEqual([]);
    expect(kept.map(({ path }) => path)).toEqual(first.created.map(({ path }) => path));
    expect(await snapshot(dir)).toEqual(before);
  });

  it('creates just what is missing', async () => {
    const dir = await temporaryDirectory();
    await init(dir);
    await rm(join(dir, 'server-key.pem'));
    await rm(join(dir, 'server-cert.pem'));
    const { created } = await init(dir, { clients: ['alice', 'bob'] });
    expect(created.map(({ what }) => what)).toEqual([
      'server certificate',
      'server key',
      'client bob',
    ]);
  });

  it('says which names the server certificate lacks, and how to get them', async () => {
    const dir = await temporaryDirectory();
    await init(dir, { sans: ['*.gate.example', '198.51.100.1'] });
    const sans = [
      'a.gate.example',
      '*.gate.example',
      '198.51.100.1',
      'other.example',
      '2001:db8::99',
    ];
    const { kept } = await init(dir, { sans });
    expect(kept.find(({ what }) => what === 'server certificate')?.detail).toBe(
      'does not cover other.example, 2001:db8::99; to renew it: dockgate server renew',
    );
  });

  it('says that a certificate it keeps has expired', async () => {
    const dir = await temporaryDirectory();
    await init(dir);
    const { kept } = await init(dir, { now: new Date(NOW.getTime() + 400 * DAY_MS) });
    const details = Object.fromEntries(kept.map(({ what, detail }) => [what, detail]));
    expect(details['server certificate']).toMatch(
      /^expired on 2027-03-01; to renew it: dockgate server renew/,
    );
    expect(details['client alice']).toMatch(
      /^expired on 2027-03-01: for a new one dockgate client renew alice$/,
    );
  });

  it('keeps a server certificate of another CA, and says that clients cannot use it', async () => {
    const dir = await temporaryDirectory();
    await init(dir, { clients: [] });
    await rm(join(dir, 'ca.pem'));
    await rm(join(dir, 'ca-key.pem'));
    const { created, kept } = await init(dir);
    expect(created.map(({ what }) => what)).toEqual(['CA certificate', 'CA key', 'client alice']);
    expect(kept[0]?.detail).toContain('not signed by ca.pem');
  });

  it('works without the CA key as long as there is nothing to sign', async () => {
    const dir = await temporaryDirectory();
    await init(dir);
    await rm(join(dir, 'ca-key.pem'));
    const { created, kept } = await init(dir);
    expect(created).toEqual([]);
    expect(kept.map(({ what }) => what)).toEqual([
      'CA certificate',
      'server certificate',
      'server key',
      'client alice',
    ]);
  });

  it('needs no passphrase as long as there is nothing to sign', async () => {
    const dir = await temporaryDirectory();
    await init(dir, { caPassphrase: 'secret' });
    const { kept } = await init(dir);
    expect(kept.find(({ what }) => what === 'CA key')?.detail).toBe('encrypted and not opened');
  });

  it('says which keys and directories let other users in, and leaves their modes', async () => {
    const dir = await temporaryDirectory();
    await init(dir);
    await chmod(dir, 0o755);
    for (const name of ['ca-key.pem', 'server-key.pem', 'clients/alice/key.pem']) {
      await chmod(join(dir, name), 0o644);
    }
    const { kept } = await init(dir);
    expect(
      kept.filter(({ detail }) => (detail ?? '').includes('lets other users in')),
    ).toHaveLength(4);
    expect(await mode(dir)).toBe('755');
    expect(await mode(join(dir, 'ca-key.pem'))).toBe('644');
  });

  it('fills a directory that holds other things, and an empty client directory', async () => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, 'README.md'), 'kept');
    await mkdir(join(dir, 'clients', 'alice'), { recursive: true });
    await init(dir);
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toBe('kept');
    expect(await readdir(join(dir, 'clients', 'alice'))).toEqual(['ca.pem', 'cert.pem', 'key.pem']);
  });

  it('gives clients the certificates of ca.pem and not the text around them', async () => {
    const dir = await temporaryDirectory();
    await init(dir, { clients: [] });
    const ca = await readFile(join(dir, 'ca.pem'), 'utf8');
    await writeFile(join(dir, 'ca.pem'), `internal remarks\n${ca}`);
    await init(dir);
    expect(await readFile(join(dir, 'clients/alice/ca.pem'), 'utf8')).toBe(ca);
  });
});

describe('several runs at a time', () => {
  it('end with one set of files that belong together, each created by exactly one of them', async () => {
    const dir = join(await temporaryDirectory(), 'certs');
    const clients = ['alice', 'bob'];
    const reports = await Promise.all(
      Array.from({ length: 8 }, () => init(dir, { clients, now: new Date() })),
    );
    const created = reports.flatMap((report) => report.created.map(({ what }) => what));
    expect(created.toSorted()).toEqual([
      'CA certificate',
      'CA key',
      'client alice',
      'client bob',
      'server certificate',
      'server key',
    ]);
    for (const report of reports) expect(report.created.length + report.kept.length).toBe(6);
    const leaves = ['server-cert.pem', 'clients/alice/cert.pem', 'clients/bob/cert.pem'];
    const paths = leaves.map((leaf) => join(dir, leaf));
    await openssl('verify', '-x509_strict', '-CAfile', join(dir, 'ca.pem'), ...paths);
    const names = await readdir(dir, { recursive: true });
    expect(names.filter((name) => /(^|\/)\./.test(name))).toEqual([]);
    // A last run reads every pair and finds nothing wrong.
    expect((await init(dir, { clients, now: new Date() })).created).toEqual([]);
  });
});
