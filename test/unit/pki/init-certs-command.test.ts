import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import yargs from 'yargs';
import { loadCommands } from '../../../src/cli/commands.ts';
import type { InitReport } from '../../../src/pki/init.ts';
import { mode, refusal, temporaryDirectory } from './helpers.ts';

let dir: string;
let out: string;
let err: string;

beforeEach(async () => {
  dir = join(await temporaryDirectory(), 'certs');
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

async function run(...argv: readonly string[]): Promise<void> {
  const words = ['init-certs', '--certs', dir, ...argv];
  await yargs(words)
    .command([...(await loadCommands(words))])
    .strict()
    .exitProcess(false)
    .fail((message, error: Error | undefined) => {
      throw error ?? new Error(message);
    })
    .parseAsync();
}

describe('dockgate init-certs', () => {
  it('prints what it created, and the second time what it kept', async () => {
    await run('--client', 'alice', '--client', 'bob', '--san', '192.0.2.7', '--days', '30');
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/)[0]),
    ).toEqual(Array(6).fill('created'));
    expect(out).toContain('192.0.2.7');
    expect(err).toBe('');
    out = '';
    await run('--client', 'alice');
    expect(out).toMatch(/^kept +CA certificate +/);
    expect(out).not.toContain('created');
  });

  it('prints the report alone with --json', async () => {
    await run('--json');
    const report = JSON.parse(out) as InitReport;
    expect(report.created.map(({ what }) => what)).toEqual([
      'CA certificate',
      'CA key',
      'server certificate',
      'server key',
    ]);
    expect(err).toContain('--client NAME');
  });

  it('reads the passphrase from the first line of a file, and shows it nowhere', async () => {
    const file = `${dir}.pass`;
    await writeFile(file, 'open sesame\r\nsecond line\n');
    await run('--ca-passphrase-file', file);
    await run('--ca-passphrase-file', file, '--client', 'alice');
    expect(out + err).not.toContain('sesame');
    expect(await mode(join(dir, 'ca-key.pem'))).toBe('600');
    const missing = await refusal(run('--client', 'bob'), 'PASSPHRASE');
    expect(missing.hint).toContain('--ca-passphrase-file');
  });

  it('refuses a passphrase file that is missing or empty', async () => {
    await refusal(run('--ca-passphrase-file', `${dir}.pass`), 'FILE_UNREADABLE');
    await writeFile(`${dir}.pass`, '\nsecond line\n');
    await refusal(run('--ca-passphrase-file', `${dir}.pass`), 'PASSPHRASE');
  });

  it.each([
    [['--days', 'many'], 'USAGE'],
    [['--days', '1', '--days', '2'], 'USAGE'],
    [['--key-type', 'rsa', '--rsa-bits', '1024'], 'USAGE'],
    [['--rsa-bits', '2048'], 'USAGE'],
    [['--san', ''], 'SAN_INVALID'],
    [['--client', '../x'], 'NAME_INVALID'],
  ] as const)('refuses %j', async (argv, code) => {
    await refusal(run(...argv), code);
    expect(out).toBe('');
  });

  it.each([['--key-type', 'dsa'], ['--client'], ['alice'], ['--unknown']])(
    'leaves wrong usage to the parser (%s)',
    async (...argv) => {
      await expect(run(...argv)).rejects.toThrow();
    },
  );
});
