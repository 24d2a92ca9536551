import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { validateSettings } from '../../../src/config/validate.ts';
import { answerAll, refusalIn } from '../../support/security/attack.ts';
import { useGate, type TestGate } from '../../support/gate.ts';
import { linesOf, verifyLog } from '../../unit/helpers/audit.ts';

const start = useGate();
const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

const CREATE = '/v1.47/containers/web/start';
const INFO = '/v1.47/info';

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dockgate-disk-'));
  undo.push(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A file system of 128 KiB, which needs root to be mounted. */
function smallDisk(): string {
  const directory = newDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', directory]);
  undo.push(() => {
    execFileSync('umount', ['-l', directory]);
  });
  return directory;
}

function mountable(): string {
  try {
    smallDisk();
    return '';
  } catch {
    return ' (skipped: no permission to mount a tmpfs)';
  } finally {
    for (const step of undo.splice(0).reverse()) step();
  }
}

const SKIPPED = mountable();
const isCi = process.env['CI'] === 'true';

async function startWith(auditLog: string, optionalReads = false): Promise<TestGate> {
  const { audit } = validateSettings({});
  const own = { ...audit, detail: 'off' as const, optionalReads };
  const gate = await start({ auditLog, audit: own, tornLines: true });
  answerAll(gate);
  return gate;
}

async function call(gate: TestGate, method: string, target: string) {
  const client = await gate.connect();
  return client.call(method, target);
}

describe.skipIf(SKIPPED !== '' && !isCi)(`on a full disk${SKIPPED}`, () => {
  it('calls get 503 with the reason, the daemon hears of none, and all goes on once there is room', async () => {
    const disk = smallDisk();
    const auditLog = join(disk, 'logs', 'audit.jsonl');
    const gate = await startWith(auditLog);
    expect((await call(gate, 'POST', CREATE)).status).toBe(200);

    const filler = join(disk, 'filler');
    fill(filler);
    const heard = gate.daemon.calls.all.length;
    let refused = 0;
    // What is left of the last page may still take a line or two.
    for (let turn = 0; turn < 40 && refused < 3; turn += 1) {
      const answer = await call(gate, 'POST', CREATE);
      if (answer.status !== 503) continue;
      refused += 1;
      expect(refusalIn(answer)).toContain('the audit log cannot be written (ENOSPC)');
    }
    expect(refused).toBe(3);
    const intents = linesWhole(auditLog).filter(({ event }) => event === 'intent');
    expect(gate.daemon.calls.all.length - heard).toBeLessThan(40 - refused);
    expect(intents).toHaveLength(gate.daemon.calls.all.length);
    expect((await call(gate, 'GET', INFO)).status).toBe(503);

    rmSync(filler);
    expect((await call(gate, 'POST', CREATE)).status).toBe(200);
    const gap = linesWhole(auditLog).find(({ event }) => event === 'gap');
    expect(gap).toMatchObject({ reason: 'ENOSPC' });
    expect(gap?.['lost']).toBeGreaterThanOrEqual(refused);
    await gate.gate.stop(0);
    expect((await verifyLog(auditLog)).problems).toEqual([]);
  });

  it('harmless reads pass where the configuration says so, and nothing else does', async () => {
    const disk = smallDisk();
    const gate = await startWith(join(disk, 'audit.jsonl'), true);
    fill(join(disk, 'filler'));
    let answer = await call(gate, 'POST', CREATE);
    for (let turn = 0; turn < 40 && answer.status !== 503; turn += 1) {
      answer = await call(gate, 'POST', CREATE);
    }
    expect(answer.status).toBe(503);
    expect((await call(gate, 'GET', INFO)).status).toBe(200);
    expect((await call(gate, 'GET', '/v1.47/containers/web/json')).status).toBe(503);
    expect((await call(gate, 'GET', '/v1.47/containers/web/logs')).status).toBe(503);
  });
});

function fill(file: string): void {
  try {
    for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
      try {
        writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
        writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // The next one is smaller.
      }
    }
  } catch {
    // Full.
  }
}

/** Whole lines only: a full disk tears the last one. */
function linesWhole(file: string) {
  const copy = join(newDirectory(), 'copy.jsonl');
  const text = execFileSync('grep', ['-a', '}$', file]).toString();
  writeFileSync(copy, text);
  return linesOf(copy);
}

describe('a directory that goes away', () => {
  it('stops calls with the reason, and they go on once it is back; the chain shows the rest', async () => {
    const auditLog = join(newDirectory(), 'logs', 'audit.jsonl');
    const gate = await startWith(auditLog);
    await call(gate, 'POST', CREATE);
    rmSync(dirname(auditLog), { recursive: true });
    const answer = await call(gate, 'POST', CREATE);
    expect(answer.status).toBe(503);
    expect(refusalIn(answer)).toContain('ENOENT');
    expect(gate.daemon.calls.all).toHaveLength(1);

    mkdirSync(dirname(auditLog));
    expect((await call(gate, 'POST', CREATE)).status).toBe(200);
    expect(linesOf(auditLog).map(({ event }) => event)).toEqual([
      ...['log-rotated', 'gap', 'intent', 'call'],
    ]);
  });
});

describe('a log that somebody moves away', () => {
  it('is written on until the gate is told, and then under its name again', async () => {
    const auditLog = join(newDirectory(), 'audit.jsonl');
    const gate = await startWith(auditLog);
    await call(gate, 'POST', CREATE);
    renameSync(auditLog, `${auditLog}.1`);
    await call(gate, 'POST', CREATE);
    gate.gate.reopenLog();
    await call(gate, 'POST', CREATE);
    const calls = (file: string) => linesOf(file).filter(({ event }) => event === 'intent').length;
    expect([calls(`${auditLog}.1`), calls(auditLog)]).toEqual([2, 1]);
    await gate.gate.stop(0);
    expect((await verifyLog(auditLog)).problems).toEqual([]);
  });
});
