import fs, { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openLog } from '../../../src/audit/writer.ts';
import { brokenLog } from '../helpers/broken-log.ts';
import { failureOf } from '../helpers/refusal.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const textOf = (file: string): string => readFileSync(file, 'utf8');

afterEach(() => {
  vi.restoreAllMocks();
});

describe('openLog', () => {
  it('makes the file for its owner only, and a missing directory too, whatever the umask is', () => {
    const file = join(temporaryDirectory(), 'a', 'b', 'audit.jsonl');
    const before = process.umask(0);
    try {
      openLog(file).close();
    } finally {
      process.umask(before);
    }
    expect(modeOf(file)).toBe('600');
    expect(modeOf(dirname(file))).toBe('700');
    expect(modeOf(dirname(dirname(file)))).toBe('700');
  });

  it('goes on behind what is in the file', () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    writeFileSync(file, 'earlier\n');
    const log = openLog(file);
    log.write('later\n');
    log.close();
    expect(textOf(file)).toBe('earlier\nlater\n');
  });

  it('refuses a symlink, and leaves alone what it leads to', () => {
    const dir = temporaryDirectory();
    const target = join(dir, 'passwd');
    writeFileSync(target, 'root\n');
    const file = join(dir, 'audit.jsonl');
    symlinkSync(target, file);
    expect(failureOf(() => openLog(file))).toMatchObject({
      code: 'AUDIT_UNWRITABLE',
      exitCode: 1,
      message: `the audit log ${file} cannot be written: ELOOP`,
    });
    expect(textOf(target)).toBe('root\n');
  });

  it('refuses a symlink to nothing', () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    symlinkSync('/nonexistent/file', file);
    expect(failureOf(() => openLog(file)).code).toBe('AUDIT_UNWRITABLE');
  });

  it('refuses a directory, and a path through a file', () => {
    const dir = temporaryDirectory();
    expect(failureOf(() => openLog(dir)).message).toContain('EISDIR');
    writeFileSync(join(dir, 'file'), '');
    expect(failureOf(() => openLog(join(dir, 'file', 'audit.jsonl'))).code).toBe(
      'AUDIT_UNWRITABLE',
    );
  });

  it('never throws from write: a full disk is told as the failure', () => {
    const log = openLog(brokenLog().file);
    expect(log.failure).toBeUndefined();
    log.write('lost\n');
    expect(log.failure).toBe('ENOSPC');
    log.close();
  });

  it('tries again with every line, and recovers without a restart', () => {
    const { file, mend } = brokenLog();
    const log = openLog(file);
    log.write('lost\n');
    log.write('lost too\n');
    expect(log.failure).toBe('ENOSPC');
    mend();
    log.write('kept\n');
    expect(log.failure).toBeUndefined();
    log.write('kept too\n');
    log.close();
    expect(textOf(file)).toBe('kept\nkept too\n');
    expect(modeOf(file)).toBe('600');
  });

  it('tells of a directory that has gone, and recovers once it is back', () => {
    const { file } = brokenLog();
    const log = openLog(file);
    log.write('lost\n');
    rmSync(dirname(file));
    log.write('lost too\n');
    expect(log.failure).toBe('ENOENT');
    mkdirSync(dirname(file));
    log.write('kept\n');
    expect(log.failure).toBeUndefined();
    log.close();
    expect(textOf(file)).toBe('kept\n');
  });

  it('does not recover into a symlink', () => {
    const { file, mend } = brokenLog();
    const log = openLog(file);
    log.write('lost\n');
    mend();
    const target = join(dirname(file), 'target');
    writeFileSync(target, '');
    symlinkSync(target, file);
    log.write('lost too\n');
    expect(log.failure).toBe('ELOOP');
    log.close();
    expect(textOf(target)).toBe('');
  });

  it('never writes into a file that has been removed while it was open', () => {
    const file = join(temporaryDirectory(), 'logs', 'audit.jsonl');
    const log = openLog(file);
    log.write('first\n');
    rmSync(dirname(file), { recursive: true });
    log.write('second\n');
    // Either it says so, or the line is in a new file of that name.
    const kept = log.failure === undefined ? textOf(file) : undefined;
    log.close();
    expect(kept ?? 'refused').toMatch(/^(?:second\n|refused)$/);
  });

  it('starts a new line behind one of which only the beginning could be written', () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    const log = openLog(file);
    const write = vi.spyOn(fs, 'writeSync');
    write.mockImplementationOnce((fd) => fs.writevSync(fd, [Buffer.from('tor')]));
    write.mockImplementationOnce(() => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    log.write('torn line\n');
    expect(log.failure).toBe('ENOSPC');
    log.write('whole line\n');
    log.write('and another\n');
    log.close();
    expect(textOf(file)).toBe('tor\nwhole line\nand another\n');
  });

  it('is open until it is closed, and writes nothing afterwards', () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    const log = openLog(file);
    expect(log.open).toBe(true);
    log.close();
    expect(log.open).toBe(false);
    log.write('late\n');
    expect(textOf(file)).toBe('');
  });
});

describe('openLog of "-"', () => {
  it('writes to standard output and leaves it open', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const log = openLog('-');
    log.write('{"event":"call"}\n');
    expect(write.mock.calls).toEqual([['{"event":"call"}\n']]);
    expect(log.failure).toBeUndefined();
    log.close();
    expect(log.open).toBe(false);
    expect(process.stdout.writableEnded).toBe(false);
  });

  it('tells of an output that nobody reads any more', () => {
    const on = vi.spyOn(process.stdout, 'on').mockReturnValue(process.stdout);
    const log = openLog('-');
    const [event, listener] = on.mock.calls[0] ?? [];
    expect(event).toBe('error');
    const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    (listener as ((error: Error) => void) | undefined)?.(broken);
    expect(log.failure).toBe('EPIPE');
  });
});
