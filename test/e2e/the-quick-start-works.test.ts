import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneTo, REPOSITORY, runOn } from '../support/e2e/another-host.ts';
import type { Child } from '../support/e2e/child.ts';
import { readAuditLines } from '../support/e2e/audit-lines.ts';
import { blocksToRun } from '../support/e2e/quick-start.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { clientEnv } from '../support/e2e/world.ts';

const README = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
const NAME = 'docker.example.org';
/** Whoever runs these tests has just installed the same packages; their add-ons need no rebuild. */
const NPM = {
  npm_config_prefer_offline: 'true',
  npm_config_ignore_scripts: 'true',
  // Advice of the registry, which is no part of what is tried here.
  npm_config_audit: 'false',
  npm_config_fund: 'false',
};

endToEndGate('the quick start of the README works as it stands', (world) => {
  const clone = join(world.dir, 'clone');
  const clientHome = join(world.dir, 'client-home');
  const host = { socket: world.socket, name: NAME };
  let server: Child | undefined;

  beforeAll(() => {
    cloneTo(clone);
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
  });

  // Those for a container have a test of their own.
  const blocks = blocksToRun(README, 'Quick start').filter(({ kind }) => kind !== 'container');
  it('it has a server to run and commands for a client', () => {
    const kinds = new Set(blocks.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['server', 'command']));
  });

  it.each(blocks)('$script', async ({ script, kind }) => {
    if (kind === 'command') await runAsClient(script);
    else await serve(script, kind === 'instead');
  });

  it('so do the lines that it prints for a client', async () => {
    const printed = `${server?.text('stdout') ?? ''}\n${server?.text('stderr') ?? ''}`;
    const lines = printed.split('\n').map((line) => line.trim());
    const commands = lines.filter((line) => /^(export DOCKER_|docker )/.test(line));
    expect(commands.length).toBeGreaterThan(2);
    // Under the name of a context that an earlier block may have made.
    await runAsClient(['docker context rm --force dockgate', ...commands].join('\n'));
    expect(readAuditLines(join(clone, 'logs/audit.jsonl'))).toContainEqual(
      expect.objectContaining({ event: 'call', user: 'admin', action: 'container.list' }),
    );
  });

  async function serve(script: string, instead: boolean): Promise<void> {
    await server?.end('SIGKILL');
    if (instead) rmSync(join(clone, 'certs/clients'), { recursive: true });
    if (instead) for (const name of PEM_FILES) rmSync(join(clone, 'certs', name));
    const { PATH = '', HOME = homedir() } = process.env;
    server = runOn(host, script, { cwd: clone, env: { ...clientEnv(HOME, NPM), PATH } });
    await server.waitFor(/"msg":"listening"/, 'stderr');
    await server.waitFor(/docker ps/);
    // "Then copy certs/clients/admin to the client's host"
    rmSync(clientHome, { recursive: true, force: true });
    mkdirSync(join(clientHome, '.docker'), { recursive: true });
    cpSync(join(clone, 'certs/clients/admin'), join(clientHome, '.docker/dockgate'), {
      recursive: true,
    });
  }

  async function runAsClient(script: string): Promise<void> {
    const env = clientEnv(clientHome, {});
    const outcome = await runOn(host, script, { cwd: clientHome, env }).outcome;
    expect(outcome.stderr + outcome.stdout.toString()).toContain('CONTAINER ID');
    expect(outcome.code).toBe(0);
  }
});

const PEM_FILES = ['ca.pem', 'ca-key.pem', 'server-cert.pem', 'server-key.pem'];
