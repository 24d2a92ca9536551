import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkAuditLog, checkDisk, lookAtAuditLog } from '../../../src/doctor/audit-log.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const MIB = 1024 * 1024;

describe('audit log', () => {
  const check = (path: string) => checkAuditLog(lookAtAuditLog(path), 'root');

  it('passes a file that can be appended to, and adds nothing to it', () => {
    const path = join(temporaryDirectory(), 'audit.jsonl');
    writeFileSync(path, 'a line\n');
    expect(check(path)).toMatchObject({ state: 'ok', found: path });
    expect(readFileSync(path, 'utf8')).toBe('a line\n');
  });

  it('passes one that is still to be made, below directories that are', () => {
    expect(check(join(temporaryDirectory(), 'a/b/audit.jsonl'))).toMatchObject({ state: 'ok' });
  });

  it('is not checked on standard output', () => {
    expect(check('-')).toMatchObject({ state: 'skipped' });
    expect(checkDisk(lookAtAuditLog('-'))).toMatchObject({ state: 'skipped' });
  });

  it('fails a directory', () => {
    const path = join(temporaryDirectory(), 'logs');
    mkdirSync(path);
    const result = check(path);
    expect(result.found).toContain('EISDIR');
    expect(result.fix).toContain('audit.jsonl');
  });

  it('fails a symbolic link, which the gate refuses', () => {
    const dir = temporaryDirectory();
    const path = join(dir, 'audit.jsonl');
    writeFileSync(join(dir, 'elsewhere'), '');
    symlinkSync(join(dir, 'elsewhere'), path);
    expect(check(path)).toMatchObject({ state: 'failed' });
    expect(check(path).found).toContain('symbolic link');
  });

  it('gives the chown where another user owns it', () => {
    const fact = { path: '/var/log/a.jsonl', exists: true, error: 'EACCES', space: undefined };
    expect(checkAuditLog(fact, 'dockgate').fix).toContain('sudo chown dockgate /var/log/a.jsonl');
  });
});

describe('disk', () => {
  const disk = (free: number, files?: number) =>
    checkDisk({ path: '/a', exists: true, error: undefined, space: { free, files } }).state;

  it.each([
    [2048 * MIB, undefined, 'ok'],
    [1023 * MIB, 5_000, 'warning'],
    [99 * MIB, 5_000, 'failed'],
    [2048 * MIB, 99, 'failed'],
  ])('with %d bytes and %s files free is %s', (free, files, state) => {
    expect(disk(free, files)).toBe(state);
  });

  it('is not checked where it cannot be told', () => {
    const fact = { path: '/a', exists: true, error: undefined, space: undefined };
    expect(checkDisk(fact)).toMatchObject({ state: 'skipped' });
  });
});
