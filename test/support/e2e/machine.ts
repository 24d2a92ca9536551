import { spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { whyNoDockerd } from '../private-dockerd.ts';
import { whyNoBusybox } from './busybox.ts';
import type { Cli } from './world.ts';

/** The interpreter that Debian's python3-docker belongs to. */
export const PYTHON = '/usr/bin/python3';

/** Why the end-to-end tests cannot run here, or undefined when they can. */
export function whyNoEndToEnd(): string | undefined {
  const clients = ['docker', 'curl', 'docker-compose'];
  const needed = [...clients, 'openssl', 'tar', 'docker-registry', 'slirp4netns', 'ip'];
  const missing = needed.filter((name) => findAll(name).length === 0);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (spawnSync(PYTHON, ['-c', 'import docker']).status !== 0) return 'no docker module in python3';
  return whyNoDockerd() ?? whyNoBusybox();
}

/** Every docker client on the PATH, one for each version, the oldest first. */
export function dockerClis(): Cli[] {
  const clis = new Map<string, Cli>();
  for (const path of findAll('docker')) {
    const version = versionOf(path, ['--version']);
    if (!clis.has(version)) clis.set(version, { path, version });
  }
  const oldestFirst = (a: Cli, b: Cli): number =>
    a.version.localeCompare(b.version, 'en', { numeric: true });
  return [...clis.values()].sort(oldestFirst);
}

/** The first thing in a program's output that looks like a version. */
export function versionOf(program: string, args: readonly string[]): string {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return /\d+\.\d+[\w.+~-]*/.exec(stdout)?.[0] ?? 'unknown';
}

/** A TCP port of the loopback interface that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Every executable called `name` on the PATH, each file once. */
function findAll(name: string): string[] {
  const found = new Map<string, string>();
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(dir, name);
    if (isExecutable(path) && !found.has(realpathSync(path))) found.set(realpathSync(path), path);
  }
  return [...found.values()];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
