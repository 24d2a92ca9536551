import fs, {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { useGate } from '../support/gate.ts';
import { answerAll, refusalIn } from '../support/security/attack.ts';
import { verifyLog } from '../unit/helpers/audit.ts';

const start = useGate();
const directories: string[] = [];

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dockgate-fs-'));
  directories.push(directory);
  return directory;
}

afterEach(() => {
  vi.restoreAllMocks();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

it('FS-001: on a full disk no call is served, nothing is lost in silence, and it mends itself', async () => {
  const gate = await start();
  answerAll(gate);
  const client = await gate.connect();
  const full = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  const answer = await client.call('POST', '/containers/x/start');
  expect(answer.status).toBe(503);
  expect(refusalIn(answer)).toContain('ENOSPC');
  expect(gate.daemon.calls.all).toEqual([]);
  full.mockRestore();
  expect((await client.call('POST', '/containers/x/start')).status).toBe(200);
  expect(await gate.audit.next({ event: 'gap' })).toMatchObject({ reason: 'ENOSPC', lost: 2 });
  // Whoever looks after the gate is told, once each.
  const told = gate.log.text.split('\n').filter((line) => line.includes('audit log'));
  expect(told.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 50, reason: 'ENOSPC', msg: expect.stringContaining('503') as string },
    { level: 30, msg: expect.stringContaining('can be written again') as string },
  ]);
  await gate.gate.stop(0);
  expect((await verifyLog(gate.auditLog)).problems).toEqual([]);
});

it('FS-002: a directory that is removed is noticed with the next line; no call goes into the void', async () => {
  const auditLog = join(newDirectory(), 'logs', 'audit.jsonl');
  const gate = await start({ auditLog });
  answerAll(gate);
  const client = await gate.connect();
  rmSync(dirname(auditLog), { recursive: true });
  expect((await client.call('POST', '/containers/x/start')).status).toBe(503);
  expect(gate.daemon.calls.all).toEqual([]);
  mkdirSync(dirname(auditLog));
  expect((await client.call('POST', '/containers/x/start')).status).toBe(200);
  expect(readFileSync(auditLog, 'utf8')).toContain('"event":"gap"');
});

it('FS-003: a log that is a symlink is refused, and what it leads to is left alone', async () => {
  const directory = newDirectory();
  const victim = join(directory, 'passwd');
  writeFileSync(victim, 'root\n');
  const auditLog = join(directory, 'audit.jsonl');
  symlinkSync(victim, auditLog);
  await expect(start({ auditLog })).rejects.toMatchObject({ code: 'AUDIT_UNWRITABLE' });
  expect(readFileSync(victim, 'utf8')).toBe('root\n');
});
