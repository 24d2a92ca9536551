import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { builtProgram, startGateProcess } from '../support/built-gate.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const run = promisify(execFile);

/** Where no package is to be found: as it is in the image, and for npm. */
const dir = mkdtempSync(join(tmpdir(), 'dockgate-alone-'));
const built = dirname(builtProgram());
for (const name of ['main.js', 'parts', 'THIRD-PARTY-NOTICES']) {
  cpSync(join(built, name), join(dir, 'dist', name), { recursive: true });
}
cpSync(join(ROOT, 'package.json'), join(dir, 'package.json'));
const program = join(dir, 'dist', 'main.js');
const certs = ['--certs', join(dir, 'certs')];

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function dockgate(...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [program, ...args], { cwd: dir })).stdout;
}

/** Packages that the source imports. */
function imported(): string[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'));
  const names = sources.flatMap((text) =>
    [...text.matchAll(/(?:^|\} )(?:import .*)?from '([^.'][^']*)'|import\('([^.'][^']*)'\)/gm)].map(
      ([, named, loaded]) => named ?? loaded ?? '',
    ),
  );
  return [...new Set(names.map((name) => name.split('/')[0] ?? ''))]
    .filter((name) => !name.startsWith('node:'))
    .sort();
}

describe('the built program, with no packages around', () => {
  it('makes certificates, lists them and hands them out', async () => {
    await dockgate('init-certs', ...certs, '--client', 'alice');
    expect(await dockgate('client', 'list', ...certs)).toContain('alice');
    await dockgate('client', 'export', 'alice', ...certs, '--format', 'tar', '--out', 'alice.tar');
    expect(readdirSync(dir)).toContain('alice.tar');
  });

  it('runs a gate that is watched, and reads its trail', async () => {
    const log = join(dir, 'logs', 'audit.jsonl');
    const gate = await startGateProcess({
      ...{ program, certsDir: join(dir, 'certs'), auditLog: log },
      socketPath: join(dir, 'docker.sock'),
      args: ['--metrics', 'tcp://127.0.0.1:0'],
    });
    const [, watched = ''] = await gate.until(/"metrics":"tcp:\/\/([^"]+)"/);
    const metrics = await (await fetch(`http://${watched}/metrics`)).text();
    expect(metrics).toContain('dockgate_build_info');
    expect((await fetch(`http://${watched}/engine/_ping`)).status).toBe(502);
    expect(await gate.stop('SIGTERM')).toBe(0);
    expect(gate.said()).not.toMatch(/deprecat/i);
    expect(await dockgate('audit', 'query', '--audit-log', log, '--csv')).toContain(',gate-stop,');
  });

  it('shows help, and completes', async () => {
    expect(await dockgate('serve', '--help')).toContain('--audit-log');
    expect(await dockgate('completion', 'bash')).toContain('--audit-log');
  });

  it('passes on the licence of every package that is in it', () => {
    const notices = readFileSync(join(dir, 'dist', 'THIRD-PARTY-NOTICES'), 'utf8');
    const names = [...notices.matchAll(/^(\S+) \d\S* \(.+\)$/gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(imported()));
    expect(imported()).toContain('node-forge');
  });
});
