import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../src/cli/index.ts';
import { initCertificates } from '../../../src/pki/init.ts';
import { readInventory } from '../../../src/pki/inventory.ts';
import { HOST, temporaryDirectory } from '../pki/helpers.ts';

let dir: string;
let out: string;
let err: string;

beforeAll(async () => {
  dir = join(await temporaryDirectory(), 'certs');
  await initCertificates({ dir, sans: ['gate.example.org'], clients: ['alice'], host: HOST });
});

beforeEach(() => {
  vi.stubEnv('DOCKGATE_AUDIT_LOG', `${dir}-logs/audit.jsonl`);
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const certs = (...argv: readonly string[]): Promise<number> => run([...argv, '--certs', dir]);

const json = (): unknown => JSON.parse(out);

describe('the commands about certificates', () => {
  it.each([
    ['client', 'add'],
    ['client', 'list'],
    ['client', 'show'],
    ['client', 'renew'],
    ['client', 'revoke'],
    ['client', 'export'],
    ['server', 'show'],
    ['server', 'renew'],
    ['ca', 'show'],
    ['ca', 'rotate'],
    ['ca', 'crl'],
  ])('explain themselves with examples: %s %s', async (...command) => {
    // Help goes through the console.
    const help = vi.spyOn(console, 'log').mockImplementation((text) => {
      out += String(text);
    });
    expect(await run([...command, '--help'])).toBe(0);
    help.mockRestore();
    expect(out).toContain(`dockgate ${command.join(' ')}`);
    expect(out).toContain('Examples:');
    expect(out).toContain('--json');
  });

  it.each([
    [['client'], 2, 'name a command'],
    [['client', 'add'], 2, 'an argument is missing'],
    [['client', 'ad'], 2, 'did you mean add?'],
    [['client', 'add', 'a/b'], 2, 'is not a user name'],
    [['client', 'add', 'alice'], 1, 'there is a user alice already'],
    [['client', 'add', 'x', '--role', 'a', '--role', 'b'], 2, 'given more than once'],
    [['client', 'show', 'nobody'], 1, 'there is no user nobody'],
    [['client', 'renew', 'alice', '--grace-hours', '-1'], 2, '--grace-hours'],
    [['client', 'revoke'], 2, 'neither a user nor a serial number'],
    [['client', 'revoke', 'alice', '--reason', 'bored'], 2, 'reason bored: expected one of'],
    [['client', 'export', 'alice'], 2, 'format'],
    [
      ['client', 'export', 'alice', '--format', 'env', '--address', 'a b'],
      2,
      'no address of a gate',
    ],
    [['client', 'export', 'alice', '--format', 'dir', '--out', '-'], 2, 'standard output'],
    [['client', 'add', 'x', '--csr', '/nowhere'], 1, '/nowhere cannot be read: ENOENT'],
    [['server', 'renew', '--san', 'https://x'], 2, 'is not a DNS name'],
    [['ca', 'rotate', '--drop-old'], 1, 'no CA is being replaced'],
  ])('refuse %j with one line and a hint', async (argv, code, message) => {
    expect(await certs(...argv)).toBe(code);
    expect(err).toMatch(/^dockgate: [^\n]+\nhint: [^\n]+\n$/);
    expect(err).toContain(message);
    expect(out).toBe('');
  });

  it('list users with what became of them, and when they were last seen', async () => {
    const [entry] = (readInventory(dir) ?? []).filter(({ user }) => user === 'alice');
    const log = `${dir}.jsonl`;
    const time = '2026-11-24T10:00:00.000Z';
    await writeFile(
      log,
      `${JSON.stringify({ v: 1, time, event: 'call', fingerprint: entry?.fingerprint })}\n`,
    );
    expect(await certs('client', 'list', '--audit-log', log)).toBe(0);
    const [head = '', line = ''] = out.split('\n').map((row) => row.split('\t'));
    expect(head).toEqual([
      'name',
      'role',
      'state',
      'days left',
      'not before',
      'not after',
      'last seen',
      'serial',
      'fingerprint',
    ]);
    expect(line).toEqual([
      'alice',
      '-',
      'valid',
      '364',
      entry?.notBefore,
      entry?.notAfter,
      time,
      entry?.serial,
      entry?.fingerprint,
    ]);
    out = '';
    await certs('client', 'list', '--json', '--audit-log', log);
    expect(json()).toEqual([{ ...entry, state: 'valid', daysLeft: 364, lastSeen: time }]);
  });

  it('draw a table on a terminal', async () => {
    const terminal = process.stdout.isTTY;
    process.stdout.isTTY = true;
    try {
      expect(await certs('client', 'list')).toBe(0);
    } finally {
      process.stdout.isTTY = terminal;
    }
    expect(out).toMatch(/┌─+┬/);
    expect(out).toContain('│ alice │');
  });

  it('lead a user through a life, results on standard output and messages on standard error', async () => {
    expect(await certs('client', 'add', 'dora', '--role', 'dev', '--json')).toBe(0);
    const added = json() as { serial: string; certificate: string };
    expect(added).toMatchObject({ user: 'dora', role: 'dev', kind: 'client', superseded: [] });
    expect(added.certificate).toContain('BEGIN CERTIFICATE');
    expect(err).toContain('client export dora');
    out = '';
    await certs('client', 'renew', 'dora', '--json', '--grace-hours', '0.5');
    expect(json()).toMatchObject({ role: 'dev', superseded: [{ serial: added.serial }] });
    out = '';
    await certs(
      'client',
      'revoke',
      '--serial',
      added.serial,
      '--reason',
      'keyCompromise',
      '--json',
    );
    expect(json()).toMatchObject({ revoked: [{ serial: added.serial }], already: [] });
    out = '';
    await certs('client', 'show', 'dora');
    expect(out.match(/^state +.*$/gm)).toEqual([
      expect.stringMatching(/valid$/),
      expect.stringMatching(/revoked .* \(keyCompromise\)$/),
    ]);
    out = '';
    await certs('ca', 'show', '--json');
    expect(json()).toMatchObject({
      authorities: [{ part: 'signs', key: 'here' }],
      lists: [{ revoked: 1 }],
    });
  });

  it('add a name to the server and keep those it had', async () => {
    expect(
      await certs('server', 'renew', '--san', 'new.example.org', '--drop-san', 'localhost'),
    ).toBe(0);
    out = '';
    await certs('server', 'show', '--json');
    const { sans } = json() as { sans: string[] };
    expect(sans).toEqual(
      expect.arrayContaining(['gate.example.org', 'new.example.org', '192.0.2.7', '2001:db8::7']),
    );
    expect(sans).not.toContain('localhost');
  });

  it('name an address of the server where none is given, and warn of one that it does not cover', async () => {
    await certs('client', 'export', 'alice', '--format', 'env', '--json');
    expect(json()).toMatchObject({
      DOCKER_HOST: 'tcp://gate.example.org:2376',
      DOCKER_TLS_VERIFY: '1',
    });
    out = '';
    await certs('client', 'export', 'alice', '--format', 'env', '--address', 'other.example.org');
    expect(out).toContain('DOCKER_HOST=tcp://other.example.org:2376');
    expect(err).toContain('dockgate server renew --san other.example.org');
  });

  it('ask for no passphrase where there is no terminal', async () => {
    expect(await certs('client', 'export', 'alice', '--format', 'p12')).toBe(2);
    expect(err).toContain('--passphrase-file');
  });

  it('show and take a step of a rotation', async () => {
    expect(await certs('ca', 'rotate')).toBe(0);
    expect(out).toContain('there is a new CA');
    expect(err).toContain('not moved yet: alice');
    out = err = '';
    await certs('ca', 'rotate', '--json');
    expect(json()).toMatchObject({ step: 'waited', status: { server: 'previous' } });
    out = err = '';
    await certs('ca', 'show');
    expect(out).toMatch(/\(signs\)[^]*\(old\)/);
    expect(err).toContain('a rotation is under way');
  });

  it('keep a user without a key here apart: certificate and CA go out, key formats do not', async () => {
    await rm(join(dir, 'clients/alice/key.pem'));
    expect(await certs('client', 'export', 'alice', '--format', 'context')).toBe(1);
    expect(err).toContain('the key of alice is not in');
    const tar = `${dir}.tar`;
    expect(await certs('client', 'export', 'alice', '--format', 'tar', '--out', tar)).toBe(0);
    expect(await readFile(tar, 'latin1')).not.toContain('alice/key.pem');
  });
});
