import { X509Certificate } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../src/cli/index.ts';
import { readInventory } from '../../../src/pki/inventory.ts';
import { expectValidEvent } from '../../support/event-schema.ts';
import { linesOf, openTestLog, recordsOf, verifyLog, type Line } from '../helpers/audit.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

let certs: string;
let log: string;
let out: string;
let err: string;

beforeEach(() => {
  const directory = temporaryDirectory();
  certs = join(directory, 'certs');
  log = join(directory, 'logs', 'audit.jsonl');
  out = err = '';
  vi.stubEnv('DOCKGATE_AUDIT_LOG', log);
  vi.stubEnv('SUDO_USER', undefined);
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
  vi.unstubAllEnvs();
});

const dockgate = (...argv: readonly string[]): Promise<number> => run([...argv, '--certs', certs]);
const init = (): Promise<number> => dockgate('init-certs', '--client', 'alice', '--san', 'g.test');
const beside = (number: number): string => log.replace(/jsonl$/, `${number}.jsonl`);

/** What the lines tell of certificates; each is as the schema says. */
function told(file = log): Line[] {
  const lines = recordsOf(file);
  lines.forEach(expectValidEvent);
  return lines;
}

/** The same without what every line has, and what differs from run to run. */
const inShort = (file = log): string[] =>
  told(file).map(({ event, kind, user, role, reason }) =>
    [event, kind, user, role, reason].filter((part) => typeof part === 'string').join(' '),
  );

const entryOf = (user: string, at = -1) =>
  (readInventory(certs) ?? []).filter((entry) => entry.user === user).at(at) ??
  expect.unreachable();

describe('a command about certificates leaves lines in the trail', () => {
  it('that name the certificate as it is, and whose command it was', async () => {
    expect(await init()).toBe(0);
    expect(inShort()).toEqual([
      'certificate-issued ca ca',
      'certificate-issued server server',
      'certificate-issued client alice',
    ]);
    const alice = new X509Certificate(readFileSync(join(certs, 'clients/alice/cert.pem')));
    expect(told()[2]).toMatchObject({
      serial: alice.serialNumber,
      fingerprint: alice.fingerprint256.replaceAll(':', '').toLowerCase(),
      not_after: new Date(alice.validTo).toISOString(),
      by: userInfo().username,
    });
    expect(err).toBe('');
  });

  it('through a life: added, renewed, revoked, the server’s own among them', async () => {
    await init();
    const begun = told().length;
    await dockgate('client', 'add', 'bob', '--role', 'dev');
    await dockgate('client', 'renew', 'bob');
    await dockgate('server', 'renew', '--san', 'new.test');
    await dockgate('client', 'revoke', 'bob', '--reason', 'keyCompromise');
    await dockgate('client', 'revoke', '--serial', 'ABCD');
    expect(inShort().slice(begun)).toEqual([
      'certificate-issued client bob dev',
      'certificate-renewed client bob dev',
      'certificate-renewed server server',
      'certificate-revoked client bob dev keyCompromise',
      'certificate-revoked client bob dev keyCompromise',
      'certificate-revoked unspecified',
    ]);
    const serials = told().map(({ serial }) => serial);
    expect(serials.slice(-3)).toEqual([entryOf('bob', 0).serial, entryOf('bob', 1).serial, 'ABCD']);
    expect(serials.at(-4)).toBe(entryOf('server').serial);
    expect((await verifyLog(log)).problems).toEqual([]);
  });

  it('for each step of a rotation that signs something', async () => {
    await init();
    const begun = told().length;
    await dockgate('ca', 'rotate');
    await dockgate('ca', 'rotate');
    await dockgate('ca', 'rotate', '--switch-server');
    await dockgate('ca', 'rotate', '--drop-old', '--force');
    expect(inShort().slice(begun)).toEqual([
      'certificate-issued ca ca',
      'certificate-issued ca ca',
      'certificate-renewed server server',
    ]);
  });

  it('and none where nothing was done', async () => {
    await init();
    await dockgate('client', 'revoke', 'alice');
    const before = readFileSync(log);
    expect(await init()).toBe(0);
    expect(await dockgate('client', 'revoke', 'alice')).toBe(0);
    expect(await dockgate('client', 'add', 'a/b')).toBe(2);
    expect(readFileSync(log)).toEqual(before);
  });

  it('with the user who came by sudo, made harmless', async () => {
    vi.stubEnv('SUDO_USER', 'ann\n{"event":"\u001b[2J');
    await init();
    expect(told()[0]?.['by']).toBe(`${userInfo().username} (sudo: ann\\u000a{"event":"\\u001b[2J)`);
  });
});

describe('beside a process that holds the log', () => {
  it('goes into a chain of its own, which readers take for the same trail', async () => {
    const gate = await openTestLog(log);
    gate.log.append({ event: 'gate-start', listen: [], daemon: '/d' });
    await init();
    await dockgate('client', 'add', 'bob');
    expect(readdirSync(dirname(log)).filter((name) => name.endsWith('.jsonl'))).toEqual([
      'audit.2.jsonl',
      'audit.jsonl',
    ]);
    expect(inShort(beside(2))).toHaveLength(4);
    out = '';
    expect(
      await run(['audit', 'query', '--event', 'certificate-*', '--user', 'bob', '--json']),
    ).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ event: 'certificate-issued', user: 'bob' });
    expect(await run(['audit', 'verify'])).toBe(0);
    gate.close();
    // The gate is gone: the log itself is free.
    await dockgate('client', 'revoke', 'bob');
    expect(inShort().at(-1)).toBe('certificate-revoked client bob unspecified');
    expect(await run(['audit', 'verify'])).toBe(0);
    expect(out).toMatch(/^ok$/m);
    expect(err).not.toContain('warning');
  });

  it('several at once lose nothing to each other', async () => {
    await init();
    const gate = await openTestLog(log);
    const names = ['u1', 'u2', 'u3', 'u4'];
    await Promise.all(names.map((name) => dockgate('client', 'add', name)));
    gate.close();
    const files = readdirSync(dirname(log)).filter((name) => /^audit\.\d\.jsonl$/.test(name));
    const users = files.flatMap((name) =>
      told(join(dirname(log), name)).map(({ user }) => String(user)),
    );
    expect(users.toSorted()).toEqual(names);
    expect((await verifyLog(log)).problems).toEqual([]);
  });

  it('deletes and moves nothing of what is there', async () => {
    const gate = await openTestLog(log, { maxBytes: 1 });
    for (let at = 0; at < 3; at += 1) gate.log.append({ event: 'gate-reload', cause: 'x' });
    await gate.archived();
    gate.close();
    const rotated = readdirSync(dirname(log)).filter((name) => name.endsWith('.gz'));
    expect(rotated.length).toBeGreaterThan(1);
    await init();
    expect(readdirSync(dirname(log)).filter((name) => name.endsWith('.gz'))).toEqual(rotated);
  });
});

describe('a log that cannot be written', () => {
  it.each([
    ['a directory in its place', () => mkdirSync(log, { recursive: true }), 'cannot be written'],
    ['standard output', () => vi.stubEnv('DOCKGATE_AUDIT_LOG', '-'), 'standard output'],
    [
      'settings that are none',
      () => vi.stubEnv('DOCKGATE_AUDIT_KEEP', 'many'),
      'DOCKGATE_AUDIT_KEEP',
    ],
  ])('is said in one line and stops no revocation: %s', async (_, spoil, message) => {
    await init();
    rmSync(dirname(log), { recursive: true });
    spoil();
    out = err = '';
    expect(await dockgate('client', 'revoke', 'alice')).toBe(0);
    expect(out).toMatch(/^revoked alice [0-9A-F]+\n$/);
    expect(err).toMatch(/^warning: not in the audit trail: [^\n]+\n$/);
    expect(err).toContain(message);
    expect(entryOf('alice').revoked?.reason).toBe('unspecified');
  });
});

describe('where the log is', () => {
  const before = process.cwd();

  beforeEach(() => {
    vi.stubEnv('DOCKGATE_AUDIT_LOG', undefined);
    process.chdir(dirname(certs));
  });

  afterEach(() => {
    process.chdir(before);
  });

  it('unnamed, in ./logs, and only where that is there', async () => {
    expect(await init()).toBe(0);
    expect(existsSync('logs')).toBe(false);
    expect(err).toBe('');
    mkdirSync('logs');
    await dockgate('client', 'add', 'bob');
    expect(inShort()).toEqual(['certificate-issued client bob']);
  });

  it('as the configuration of the gate says', async () => {
    writeFileSync('gate.yaml', `audit-log: ${dirname(log)}/named.jsonl\n`);
    await dockgate('init-certs', '--config', 'gate.yaml');
    expect(inShort(join(dirname(log), 'named.jsonl'))).toHaveLength(2);
  });

  it('as a flag says, whose directory is made', async () => {
    const named = join(dirname(log), 'named', 'audit.jsonl');
    await dockgate('init-certs', '--audit-log', named);
    expect(inShort(named)).toHaveLength(2);
  });

  it('signed with the key that a flag names, as the gate’s is', async () => {
    const key = join(dirname(certs), 'key.pem');
    await dockgate('init-certs', '--audit-log', log, '--audit-key', key);
    expect(existsSync(join(dirname(log), 'audit-key.pem'))).toBe(false);
    const publicKey = key.replace('.pem', '.pub.pem');
    expect(await run(['audit', 'verify', '--audit-log', log, '--public-key', publicKey])).toBe(0);
  });
});

it.runIf(process.geteuid?.() === 0)(
  'what root makes in a directory of the gate’s user belongs to that one',
  async () => {
    mkdirSync(dirname(log));
    chownSync(dirname(log), 4242, 4242);
    await init();
    for (const name of ['audit.jsonl', 'audit-key.pem', 'audit-key.pub.pem']) {
      expect(statSync(join(dirname(log), name))).toMatchObject({ uid: 4242, gid: 4242 });
    }
    expect(linesOf(log).at(-1)).toMatchObject({ event: 'checkpoint' });
  },
);
