/** The commands as processes: several at once, one killed, and what the docker CLI makes of them. */
import { execFile, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadClient } from '../../../src/pki/client.ts';
import { initCertificates } from '../../../src/pki/init.ts';
import { readInventory } from '../../../src/pki/inventory.ts';
import { fingerprintOf } from '../../../src/pki/store/entry.ts';
import { withStore } from '../../../src/pki/store/store.ts';
import { transpiledProgram } from '../../support/program.ts';
import { HOST, openssl, temporaryDirectory } from './helpers.ts';

let program: string;
let pristine: string;
let work: string;

beforeAll(async () => {
  program = await transpiledProgram();
  work = await temporaryDirectory();
  pristine = join(work, 'certs');
  await initCertificates({ dir: pristine, sans: [], clients: ['alice'], host: HOST });
});

const MANY_MS = 120_000;

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

const dockgate = (args: readonly string[], cwd = work): Promise<Ended> =>
  promisify(execFile)(process.execPath, [join(program, 'main.js'), ...args], { cwd });

async function copyOfCerts(): Promise<string> {
  const dir = join(await temporaryDirectory(), 'certs');
  await cp(pristine, dir, { recursive: true });
  return dir;
}

/** Kills the process in which it is loaded before its Nth write, as `kill -9` would. */
const KILLER = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
let left = Number(process.env.KILL_AT);
for (const name of ['rename', 'link', 'unlink', 'rm', 'mkdir', 'open']) {
  const real = fs.promises[name];
  fs.promises[name] = (...args) => {
    if (name === 'open' && args[1] !== 'w' && args[1] !== 'wx') return real(...args);
    if (left-- <= 0) process.kill(process.pid, 'SIGKILL');
    return real(...args);
  };
}
syncBuiltinESMExports();
`;

/** Runs the renewal of alice and nothing else of the program, for the sake of time. */
const RENEW = `
const { renewClient } = await import(process.env.ISSUE);
await renewClient({ dir: process.env.CERTS, name: 'alice' });
`;

async function renewKilledAt(dir: string, writes: number): Promise<NodeJS.Signals | null> {
  const child = spawn(
    process.execPath,
    ['--import', join(work, 'killer.mjs'), '--input-type=module', '-e', RENEW],
    {
      stdio: 'inherit',
      env: { ISSUE: join(program, 'pki/users/issue.js'), CERTS: dir, KILL_AT: String(writes) },
    },
  );
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

describe('twenty client add at once', () => {
  it(
    'leave twenty good certificates and one inventory',
    async () => {
      const dir = await copyOfCerts();
      const names = Array.from({ length: 20 }, (_, index) => `user-${index}`);
      await Promise.all(names.map((name) => dockgate(['client', 'add', name, '--certs', dir])));
      const paths = names.map((name) => join(dir, 'clients', name, 'cert.pem'));
      await openssl('verify', '-x509_strict', '-CAfile', join(dir, 'ca.pem'), ...paths);
      const entries = readInventory(dir) ?? [];
      for (const name of names) {
        const client = await loadClient(join(dir, 'clients'), name);
        const [entry, ...more] = entries.filter(({ user }) => user === name);
        expect(more).toEqual([]);
        expect(entry?.fingerprint).toBe(client && fingerprintOf(client.certificate));
      }
      expect(await readdir(join(dir, 'issued'))).toHaveLength(entries.length);
      const left = (await readdir(dir, { recursive: true })).filter((n) => /(^|\/)\./.test(n));
      expect(left).toEqual([]);
    },
    MANY_MS,
  );
});

/** Each write of each command is cut in store/crash.test.ts; here some are, by a real signal. */
const STRIDE = 4;

describe('kill -9', () => {
  it(
    'at the writes of a renewal leaves the old state or the new one, and no lock',
    async () => {
      await writeFile(join(work, 'killer.mjs'), KILLER);
      const ends: string[] = [];
      for (let writes = 0; ends.at(-1) !== 'finished'; writes += STRIDE) {
        const dir = await copyOfCerts();
        const signal = await renewKilledAt(dir, writes);
        ends.push(signal === null ? 'finished' : await stateAfter(dir));
        await rm(dir, { recursive: true });
      }
      expect(new Set(ends)).toEqual(new Set(['old', 'new', 'finished']));
      // Once the new state is reached, there is no way back.
      expect(ends.lastIndexOf('old')).toBeLessThan(ends.indexOf('new'));
    },
    MANY_MS,
  );
});

/** Opens the store as the next command does: it takes over the lock and finishes what was begun. */
async function stateAfter(dir: string): Promise<'old' | 'new'> {
  await withStore(dir, 'test', () => Promise.resolve());
  const client = await loadClient(join(dir, 'clients'), 'alice');
  const entries = (readInventory(dir) ?? []).filter(({ user }) => user === 'alice');
  expect(entries.at(-1)?.fingerprint).toBe(client && fingerprintOf(client.certificate));
  const left = (await readdir(dir, { recursive: true })).filter((name) => /(^|\/)\./.test(name));
  expect(left).toEqual([]);
  return entries.length === 1 ? 'old' : 'new';
}

describe('client export', () => {
  const clis = ['/usr/bin/docker', '/usr/local/bin/docker'].filter((path) => existsSync(path));

  it.skipIf(clis.length === 0)(
    'makes a context that docker context import takes',
    async () => {
      const dir = await copyOfCerts();
      const home = await temporaryDirectory();
      const out = join(home, 'alice.dockercontext');
      const address = ['--address', 'gate.example.com', '--out', out];
      await dockgate([
        'client',
        'export',
        'alice',
        '--certs',
        dir,
        '--format',
        'context',
        ...address,
      ]);
      for (const [index, cli] of clis.entries()) {
        const config = ['--config', join(home, String(index))];
        await promisify(execFile)(cli, [...config, 'context', 'import', 'gate', out]);
        const { stdout } = await promisify(execFile)(cli, [
          ...config,
          'context',
          'inspect',
          'gate',
        ]);
        const [context] = JSON.parse(stdout) as [
          { Endpoints: { docker: object }; Storage: { TLSPath: string } },
        ];
        expect(context.Endpoints.docker).toEqual({
          Host: 'tcp://gate.example.com:2376',
          SkipTLSVerify: false,
        });
        const tls = join(context.Storage.TLSPath, 'docker');
        for (const name of ['ca.pem', 'cert.pem', 'key.pem']) {
          const wanted = await readFile(join(dir, 'clients/alice', name), 'utf8');
          expect(await readFile(join(tls, name), 'utf8')).toBe(wanted);
        }
      }
    },
    MANY_MS,
  );

  it(
    'makes a directory, an archive, lines to paste and a PKCS#12 file',
    { timeout: MANY_MS },
    async () => {
      const dir = await copyOfCerts();
      const out = join(await temporaryDirectory(), 'here');
      await mkdir(out);
      const run = (format: string, ...more: string[]) =>
        dockgate(['client', 'export', 'alice', '--certs', dir, '--format', format, ...more], out);
      await writeFile(join(out, 'pass'), 'open sesame\n');
      const [, , env] = await Promise.all([
        run('dir'),
        run('tar'),
        run('env', '--address', '[2001:db8::7]:2377'),
        run('p12', '--passphrase-file', 'pass'),
      ]);
      const own = join(dir, 'clients/alice');
      for (const name of ['ca.pem', 'cert.pem', 'key.pem']) {
        const wanted = await readFile(join(own, name), 'utf8');
        expect(await readFile(join(out, 'alice', name), 'utf8')).toBe(wanted);
        const { stdout } = await promisify(execFile)('tar', ['xOf', 'alice.tar', `alice/${name}`], {
          cwd: out,
        });
        expect(stdout).toBe(wanted);
      }
      expect(env.stdout).toBe(
        `export DOCKER_HOST=tcp://[2001:db8::7]:2377\nexport DOCKER_TLS_VERIFY=1\nexport DOCKER_CERT_PATH=${own}\n`.replace(
          'tcp://[2001:db8::7]:2377',
          "'tcp://[2001:db8::7]:2377'",
        ),
      );
      const pem = await openssl(
        'pkcs12',
        '-in',
        join(out, 'alice.p12'),
        '-passin',
        'pass:open sesame',
        '-clcerts',
        '-nokeys',
      );
      const certificate = new X509Certificate(
        /-----BEGIN[^]*?END CERTIFICATE-----/.exec(pem)?.[0] ?? '',
      );
      expect(certificate.subject).toBe('CN=alice');
      // Nothing is ever written over.
      await expect(run('dir')).rejects.toThrow('is there already');
      await expect(run('tar')).rejects.toThrow('is there already');
    },
  );
});
