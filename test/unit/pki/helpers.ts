/** What the tests of pki/ share: directories that go away, the openssl command, caught errors. */
import { execFile } from 'node:child_process';
import { chown, lstat, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect } from 'vitest';
import { CommandError, type CommandErrorCode } from '../../../src/errors.ts';

/** Of every property test, so that a failure can be run again. */
export const SEED = 20_251_124;

/** A machine that is not the one the test runs on. */
export const HOST = {
  name: 'Gate.Example.com',
  addresses: ['192.0.2.7', '2001:db8::7', 'fe80::1%eth0'],
};

const NO_BODY = 65_534;

const made: string[] = [];

/** A new directory that is removed after the file's tests. */
export async function temporaryDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'dockgate-pki-'));
  made.push(dir);
  return dir;
}

afterAll(async () => {
  for (const dir of made) await rm(dir, { recursive: true, force: true });
});

/** Standard output of `openssl ARGS`; rejects with its standard error where it fails. */
export async function openssl(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('openssl', args);
  return stdout;
}

/** The CommandError that a promise ends with, its code checked. */
export async function refusal(
  promise: Promise<unknown>,
  code: CommandErrorCode,
): Promise<CommandError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CommandError);
  const refused = error as CommandError;
  expect(`${refused.code}: ${refused.message}`).toMatch(new RegExp(`^${code}: `));
  expect(refused.message).not.toContain('\n');
  expect(refused.hint).toMatch(/^[^\n]+$/);
  return refused;
}

/** Everything below a directory: modes, inodes and contents, links not followed. */
export async function snapshot(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir, { recursive: true })).toSorted();
  const entries = names.map(async (name) => {
    const stats = await lstat(join(dir, name));
    const text = stats.isFile() ? await readFile(join(dir, name), 'utf8') : '';
    return [name, `${stats.mode.toString(8)} ${stats.ino} ${text}`] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

export async function mode(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

/** Runs `action` as a user without privileges, to whom `dir` belongs; root may read everything. */
export async function unprivileged(dir: string, action: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return action();
  await chown(dir, NO_BODY, NO_BODY);
  process.seteuid?.(NO_BODY);
  try {
    await action();
  } finally {
    process.seteuid?.(0);
  }
}

/** Runs `action` under another umask. */
export async function withUmask<T>(mask: number, action: () => Promise<T>): Promise<T> {
  const before = process.umask(mask);
  try {
    return await action();
  } finally {
    process.umask(before);
  }
}
