import fs, { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, truncateSync, writeFileSync, appendFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hashLine } from '../../../../src/audit/chain/link.ts';
import type { OpenLog } from '../../../../src/audit/write/open.ts';
import { FileTarget } from '../../../../src/audit/write/target.ts';
import {
  linesOf,
  openTestLog,
  recordsOf,
  verifyLog,
  type LogOptions,
} from '../../helpers/audit.ts';
import { brokenLog } from '../../helpers/broken-log.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const textOf = (file: string): string => readFileSync(file, 'latin1');
const opened: OpenLog[] = [];

async function open(file?: string, options?: LogOptions): Promise<OpenLog> {
  const log = await openTestLog(file, options);
  opened.push(log);
  return log;
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: unknown) => error,
  );

const eventsOf = (file: string): unknown[] => linesOf(file).map(({ event }) => event);

/** Forgets a log as a killed process does: nothing is written, flushed or released. */
function kill({ log, file }: OpenLog): void {
  vi.spyOn(log, 'tick').mockReturnValue(undefined);
  log.open = false;
  fs.rmSync(`${file}.lock`);
}

afterEach(() => {
  vi.restoreAllMocks();
  for (const log of opened.splice(0)) log.close();
});

describe('a new log', () => {
  it('is for its owner only, and so is a missing directory, whatever the umask is', async () => {
    const file = join(temporaryDirectory(), 'a', 'b', 'audit.jsonl');
    const before = process.umask(0);
    try {
      await open(file);
    } finally {
      process.umask(before);
    }
    expect(modeOf(file)).toBe('600');
    expect(modeOf(dirname(file))).toBe('700');
    expect(modeOf(dirname(dirname(file)))).toBe('700');
    expect(modeOf(join(dirname(file), 'audit-key.pem'))).toBe('600');
    expect(modeOf(join(dirname(file), 'audit-key.pub.pem'))).toBe('644');
  });

  it('begins a chain, and signs it at once', async () => {
    const { file } = await open();
    const [first, second] = linesOf(file);
    expect(first).toMatchObject({ v: 1, seq: 1, prev: '0'.repeat(64), event: 'log-opened' });
    expect(second).toMatchObject({ seq: 2, event: 'checkpoint', chain: first?.['chain'] });
  });

  it('has in each line the hash of the exact bytes of the one before, line end included', async () => {
    const { log, file } = await open();
    log.append({ event: 'a', text: 'quote " backslash \\ newline \n umlaut ü' });
    log.append({ event: 'b' });
    const lines = textOf(file).split(/(?<=\n)/);
    const prevs = linesOf(file).map(({ prev }) => prev);
    expect(prevs.slice(1)).toEqual(lines.slice(0, -1).map(hashLine));
  });

  it('escapes what is not printable ASCII as JSON does', async () => {
    const { log, file } = await open();
    const text = '\u001b[2J\u202e\u2028\ud800é\n';
    log.append({ event: 'a', text });
    expect(textOf(file)).toMatch(/^[\x20-\x7e\n]+$/);
    expect(recordsOf(file)).toMatchObject([{ text }]);
  });

  it('leaves the longest fields out of a line that would be over 64 KiB, and names them', async () => {
    const { log, file } = await open();
    log.append({ event: 'a', small: 1, long: '\u0001'.repeat(20_000), other: 'x'.repeat(10_000) });
    const [line] = recordsOf(file);
    expect(line).toMatchObject({ event: 'a', small: 1, cut: ['long'] });
    expect(line).not.toHaveProperty('long');
    for (const text of textOf(file).split('\n')) expect(text.length).toBeLessThan(64 * 1024);
  });
});

describe('a name that is refused', () => {
  it('is a symlink; what it leads to is left alone', async () => {
    const dir = temporaryDirectory();
    const target = join(dir, 'passwd');
    writeFileSync(target, 'root\n');
    const file = join(dir, 'audit.jsonl');
    symlinkSync(target, file);
    expect(await failureOf(open(file))).toMatchObject({
      code: 'AUDIT_UNWRITABLE',
      exitCode: 1,
      message: `the audit log ${file} cannot be written: ELOOP`,
    });
    expect(textOf(target)).toBe('root\n');
  });

  it('is a symlink to nothing, a directory, a path through a file', async () => {
    const dir = temporaryDirectory();
    symlinkSync('/nonexistent/file', join(dir, 'link'));
    writeFileSync(join(dir, 'file'), '');
    for (const name of [join(dir, 'link'), dir, join(dir, 'file', 'audit.jsonl')]) {
      expect(await failureOf(open(name))).toMatchObject({ code: 'AUDIT_UNWRITABLE' });
    }
  });
});

describe('a log that is opened again', () => {
  it('goes on with its chain', async () => {
    const first = await open();
    first.log.append({ event: 'earlier' });
    first.close();
    const { log, file } = await open(first.file);
    log.append({ event: 'later' });
    expect(eventsOf(file)).toEqual([
      ...['log-opened', 'checkpoint', 'earlier', 'checkpoint'],
      ...['log-opened', 'checkpoint', 'later'],
    ]);
    expect(linesOf(file).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect((await verifyLog(file)).problems).toEqual([]);
  });

  it('after a kill leaves a torn last line as it is, and owns up to it', async () => {
    const killed = await open();
    killed.log.append({ event: 'whole' });
    kill(killed);
    appendFileSync(killed.file, '{"v":1,"seq":4,"pr');
    const { file } = await open(killed.file);
    const text = textOf(file).split('\n');
    expect(text[3]).toBe('{"v":1,"seq":4,"pr');
    expect(JSON.parse(text[4] ?? '')).toMatchObject({
      ...{ event: 'gap', seq: 4, lost: 0 },
      torn: { bytes: 19, sha256: hashLine('{"v":1,"seq":4,"pr\n') },
    });
    const verdict = await verifyLog(file);
    expect(verdict.problems).toEqual([]);
    expect(verdict.chains[0]).toMatchObject({ gaps: 1 });
  });

  it('keeps lines that are no chain under another name, and begins a new file', async () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    writeFileSync(file, '{"v":1,"time":"2026-03-01T12:00:00.250Z","event":"call"}\n');
    await open(file, { now: () => Date.parse('2026-03-02T00:00:00Z') });
    expect(linesOf(join(dirname(file), 'audit.unchained-20260302T000000Z.jsonl'))).toHaveLength(1);
    expect(eventsOf(file)).toEqual(['log-opened', 'checkpoint']);
  });

  it('counts on where the clock has gone backwards', async () => {
    let time = Date.parse('2026-03-01T12:00:00Z');
    const first = await open(undefined, { now: () => time });
    first.log.append({ event: 'a' });
    first.close();
    time -= 86_400_000;
    const { log, file } = await open(first.file, { now: () => time });
    log.append({ event: 'b' });
    const [a, b] = recordsOf(file);
    expect(Number(b?.['seq'])).toBeGreaterThan(Number(a?.['seq']));
    expect(String(b?.['time']) < String(a?.['time'])).toBe(true);
    expect((await verifyLog(file)).problems).toEqual([]);
  });
});

describe('a second writer', () => {
  it('is refused while the first one lives, and told who that is', async () => {
    const { file } = await open();
    expect(await failureOf(open(file))).toMatchObject({
      code: 'AUDIT_LOCKED',
      message: `the audit log ${file} is written by process ${process.pid}`,
    });
  });

  it('writes a chained file beside it where it asks for that, and all are one trail', async () => {
    const { log, file } = await open();
    log.append({ event: 'a' });
    const second = await open(file, { whenHeld: 'beside' });
    const third = await open(file, { whenHeld: 'beside' });
    expect([second.file, third.file].map((name) => basename(name))).toEqual([
      'audit.2.jsonl',
      'audit.3.jsonl',
    ]);
    expect(linesOf(second.file)[0]).toMatchObject({
      predecessor: { file: 'audit.jsonl', seq: log.head.seq, hash: log.head.hash },
    });
    second.log.append({ event: 'b' });
    second.close();
    third.close();
    const verdict = await verifyLog(file);
    expect(verdict.problems).toEqual([]);
    expect(verdict.chains).toHaveLength(3);
    // What it was written behind has to be there.
    rmSync(file);
    expect((await verifyLog(second.file)).problems).toMatchObject([
      { file: second.file, reason: expect.stringContaining('written behind line 3') as string },
    ]);
  });

  it('may begin once the first has closed', async () => {
    const { file, close } = await open();
    close();
    await open(file);
    expect(eventsOf(file)).toContain('log-opened');
  });

  it.each([
    ['has ended', { pid: 2 ** 22 + 1, start: '1' }],
    ['was an earlier one of the same number', { pid: process.pid, start: '1' }],
    ['was of an earlier boot', { pid: process.pid, start: '1', boot: 'x' }],
  ])('may begin where the process that the lock names %s', async (_, holder) => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = fs.readlinkSync('/proc/self/ns/pid');
    writeFileSync(`${file}.lock`, JSON.stringify({ boot, namespace, ...holder }));
    await open(file);
    expect(eventsOf(file)).toEqual(['log-opened', 'checkpoint']);
  });
});

describe('a log that cannot be written', () => {
  it('does not throw, says why, recovers by itself and owns up to what was lost', async () => {
    const { file, mend } = brokenLog();
    const { log } = await open(file, { keyFile: join(temporaryDirectory(), 'k.pem') });
    log.append({ event: 'lost' });
    log.append({ event: 'lost too' });
    expect(log.failure).toBe('ENOSPC');
    mend();
    log.append({ event: 'kept' });
    expect(log.failure).toBeUndefined();
    expect(linesOf(file)).toMatchObject([
      { event: 'log-opened', seq: 1 },
      { event: 'gap', lost: 2, reason: 'ENOSPC' },
      { event: 'kept' },
    ]);
  });

  it('owns up with the passing of time alone', async () => {
    const { file, mend } = brokenLog();
    const { log } = await open(file);
    log.append({ event: 'lost' });
    mend();
    log.tick();
    expect(log.failure).toBeUndefined();
    expect(eventsOf(file)).toContain('gap');
  });

  it('does not recover into a symlink', async () => {
    const { file, mend } = brokenLog();
    const { log } = await open(file);
    log.append({ event: 'lost' });
    mend();
    const target = join(dirname(file), 'target');
    writeFileSync(target, '');
    symlinkSync(target, file);
    log.append({ event: 'lost too' });
    expect(log.failure).toBe('ELOOP');
    expect(textOf(target)).toBe('');
  });

  it('goes on in a new file where its own was deleted, directory and all', async () => {
    const file = join(temporaryDirectory(), 'logs', 'audit.jsonl');
    const { log } = await open(file);
    log.append({ event: 'first' });
    const { head } = log;
    rmSync(dirname(file), { recursive: true });
    log.append({ event: 'lost' });
    expect(log.failure).toBe('ENOENT');
    mkdirSync(dirname(file));
    log.append({ event: 'second' });
    expect(linesOf(file)).toMatchObject([
      { event: 'log-rotated', predecessor: { seq: head.seq, hash: head.hash } },
      { event: 'gap', lost: 1 },
      { event: 'second' },
    ]);
  });

  it('says so where it lost the permission, and goes on when it has it back', async () => {
    const directory = join(temporaryDirectory(), 'logs');
    mkdirSync(directory);
    fs.chmodSync(dirname(directory), 0o711);
    const isRoot = process.geteuid?.() === 0;
    // Root may do all; nobody may not.
    if (isRoot) fs.chownSync(directory, 65_534, 65_534);
    const asNobody = (step: () => void): void => {
      if (isRoot) process.seteuid?.(65_534);
      try {
        step();
      } finally {
        if (isRoot) process.seteuid?.(0);
      }
    };
    const file = join(directory, 'audit.jsonl');
    const { log } = await open(file);
    rmSync(file);
    fs.chmodSync(directory, 0o500);
    asNobody(() => {
      log.append({ event: 'lost' });
    });
    expect(log.failure).toBe('EACCES');
    fs.chmodSync(directory, 0o700);
    asNobody(() => {
      log.append({ event: 'kept' });
    });
    expect(log.failure).toBeUndefined();
    expect(recordsOf(file)).toMatchObject([{ event: 'gap', lost: 1 }, { event: 'kept' }]);
  });

  it.each([0, 1, 20, 100, 400])(
    'counts what was taken of a write that stopped at byte %i',
    async (at) => {
      const { log, file } = await open();
      log.append({ event: 'before' });
      const write = vi.spyOn(fs, 'writeSync');
      const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
      let taken = false;
      write.mockImplementation((fd: number, text: string) => {
        if (taken || at === 0) throw full;
        taken = true;
        return fs.writevSync(fd, [Buffer.from(text.slice(0, at), 'latin1')]);
      });
      log.append({ event: 'torn', text: 'x'.repeat(500) });
      expect(log.failure).toBe('ENOSPC');
      write.mockRestore();
      log.append({ event: 'after' });
      const lines = textOf(file).split('\n').slice(0, -1);
      expect(JSON.parse(lines.at(-2) ?? '')).toMatchObject({ event: 'gap', lost: 1 });
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ event: 'after' });
      log.append({ event: 'more' });
      expect((await verifyLog(file)).problems).toEqual([]);
    },
  );

  it('says so where somebody else has written to the file, and goes on', async () => {
    const { log, file } = await open();
    log.append({ event: 'a' });
    appendFileSync(file, 'foreign');
    log.append({ event: 'b' });
    const lines = textOf(file).split('\n');
    expect(lines[3]).toBe('foreign');
    expect(JSON.parse(lines[4] ?? '')).toMatchObject({
      event: 'gap',
      reason: expect.stringContaining('changed by another') as string,
    });
  });

  it('goes on at the beginning of a file that was emptied, and the missing lines show', async () => {
    const { log, file } = await open();
    log.append({ event: 'a' });
    truncateSync(file);
    log.append({ event: 'b' });
    expect(eventsOf(file)).toEqual(['log-rotated', 'b']);
    log.close();
    expect((await verifyLog(file)).problems).toMatchObject([
      { reason: expect.stringContaining('lines 1 to 3 are missing') as string },
    ]);
  });
});

describe('durability', () => {
  it('buffer: lines of harmless reads wait, and go with the next line that may not', async () => {
    const { log, file } = await open(undefined, { durability: 'buffer' });
    log.append({ event: 'read' }, 'soon');
    log.append({ event: 'read' }, 'soon');
    expect(recordsOf(file)).toEqual([]);
    log.append({ event: 'intent' });
    expect(recordsOf(file).map(({ event }) => event)).toEqual(['read', 'read', 'intent']);
    expect(log.settled()).toBeUndefined();
  });

  it('buffer: lines that wait are written when they are many, and when the log closes', async () => {
    const { log, file, close } = await open(undefined, { durability: 'buffer' });
    for (let count = 0; count < 700; count += 1)
      log.append({ event: 'r', x: 'x'.repeat(100) }, 'soon');
    expect(recordsOf(file).length).toBeGreaterThan(300);
    close();
    expect(recordsOf(file)).toHaveLength(700);
    expect((await verifyLog(file)).problems).toEqual([]);
  });

  it('buffer: counts every line that waited in vain', async () => {
    const { log, file } = await open(undefined, { durability: 'buffer' });
    log.append({ event: 'r' }, 'soon');
    log.append({ event: 'r' }, 'soon');
    const write = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    log.append({ event: 'x' });
    write.mockRestore();
    log.append({ event: 'y' });
    expect(recordsOf(file)).toMatchObject([{ event: 'gap', lost: 3 }, { event: 'y' }]);
  });

  it('write: every line is there at once', async () => {
    const { log, file } = await open();
    log.append({ event: 'read' }, 'soon');
    expect(recordsOf(file)).toHaveLength(1);
  });

  it('fsync: whoever waits shares a sync that began after the line was written', async () => {
    const { log } = await open(undefined, { durability: 'fsync' });
    log.append({ event: 'a' });
    const first = log.settled();
    log.append({ event: 'b' });
    const second = log.settled();
    expect(first).toBeInstanceOf(Promise);
    await Promise.all([first, second, log.settled()]);
    expect(log.failure).toBeUndefined();
  });
});

describe('a sync that fails', () => {
  it('is a failure, and is owned up to: what was not on the disk by then may be lost', async () => {
    const { log, file } = await open(undefined, { durability: 'fsync' });
    const sync = vi.spyOn(FileTarget.prototype, 'sync');
    sync.mockRejectedValueOnce(Object.assign(new Error(), { code: 'EIO' }));
    log.append({ event: 'a' });
    await expect(log.settled()).rejects.toMatchObject({ code: 'EIO' });
    expect(log.failure).toBe('EIO');
    log.append({ event: 'b' });
    expect(recordsOf(file)).toMatchObject([
      { event: 'a' },
      { event: 'gap', lost: 0, reason: 'EIO' },
      { event: 'b' },
    ]);
  });
});

describe('rotation', () => {
  it('by size: the chain goes on in a new file, the old one is compressed, nothing is missing', async () => {
    const { log, file, archived } = await open(undefined, { maxBytes: 4_000 });
    for (let count = 0; count < 40; count += 1) log.append({ event: 'call', x: 'x'.repeat(200) });
    await archived();
    const names = readdirSync(dirname(file)).filter((name) => name.endsWith('.gz'));
    expect(names.length).toBeGreaterThan(2);
    expect(names.every((name) => /^audit\.\d{12}\.\d{8}T\d{6}Z\.jsonl\.gz$/.test(name))).toBe(true);
    expect(linesOf(file)[0]).toMatchObject({ event: 'log-rotated' });
    expect(statSync(file).size).toBeLessThanOrEqual(4_000);
    const old = gunzipSync(readFileSync(join(dirname(file), names[0] ?? ''))).toString();
    expect(old.trimEnd().split('\n').at(-1)).toContain('"event":"checkpoint"');
    const verdict = await verifyLog(file);
    expect(verdict.problems).toEqual([]);
    expect(verdict.chains[0]?.files).toHaveLength(names.length + 1);
    expect(modeOf(join(dirname(file), names[0] ?? ''))).toBe('600');
  });

  it('leaves a file that is full where it is when the log closes', async () => {
    const { log, file, close } = await open(undefined, { maxBytes: 1 });
    log.append({ event: 'call' });
    close();
    expect(readdirSync(dirname(file)).filter((name) => /^audit\.\d{12}/.test(name))).toEqual([]);
    expect(eventsOf(file)).toEqual(['log-opened', 'checkpoint', 'call', 'checkpoint']);
  });

  it('by age, once there is something in the file', async () => {
    let time = Date.parse('2026-03-01T12:00:00Z');
    const { log, file, archived } = await open(undefined, { maxAgeMs: 1_000, now: () => time });
    const names = () => readdirSync(dirname(file)).filter((name) => /^audit\.\d{12}/.test(name));
    time += 2_000;
    log.tick();
    expect(names()).toEqual([]);
    log.append({ event: 'a' });
    log.tick();
    await archived();
    expect(names()).toHaveLength(1);
    log.tick();
    expect(names()).toHaveLength(1);
  });

  it('keeps as many files as it is told, and the chain says which were removed', async () => {
    const { log, file, archived } = await open(undefined, { maxBytes: 2_000, keep: 2 });
    for (let count = 0; count < 30; count += 1) {
      log.append({ event: 'call', x: 'x'.repeat(200) });
      await archived();
    }
    const names = readdirSync(dirname(file)).filter((name) => name.endsWith('.gz'));
    expect(names).toHaveLength(2);
    expect(JSON.stringify(linesOf(file))).toContain('log-removed');
    expect((await verifyLog(file)).problems).toEqual([]);
  });

  it('by somebody else: goes on under the name after a signal, and the chain is whole', async () => {
    const { log, file } = await open();
    log.append({ event: 'a' });
    renameSync(file, `${file}.1`);
    log.append({ event: 'b' });
    log.reopen();
    log.append({ event: 'c' });
    expect(recordsOf(`${file}.1`).map(({ event }) => event)).toEqual(['a', 'b']);
    expect(eventsOf(file)).toEqual(['log-rotated', 'c']);
    expect((await verifyLog(file)).problems).toEqual([]);
  });

  it('that was cut short by a kill is taken up where it ended, also where the clock has gone backwards', async () => {
    let time = Date.parse('2026-03-01T12:00:00Z');
    const killed = await open(undefined, { maxBytes: 1_500, now: () => time });
    for (let at = 0; at < 20; at += 1) {
      time -= 60_000;
      killed.log.append({ event: 'call', x: 'x'.repeat(200) });
    }
    await killed.archived();
    const { seq } = killed.log.head;
    kill(killed);
    const { file } = killed;
    renameSync(file, join(dirname(file), 'audit.000000000099.20260301T110000Z.jsonl'));
    await open(file, { now: () => time });
    expect(linesOf(file)[0]).toMatchObject({ event: 'log-rotated', seq: seq + 1 });
    expect((await verifyLog(file)).problems).toEqual([]);
  });

  it('that was cut short by a kill is taken up: no live file, and a half-written archive', async () => {
    const killed = await open();
    killed.log.append({ event: 'a' });
    kill(killed);
    const { file } = killed;
    const rotated = join(dirname(file), 'audit.000000000003.20260301T120000Z.jsonl');
    renameSync(file, rotated);
    writeFileSync(`${rotated}.gz.tmp`, 'half');
    const { log, archived } = await open(file);
    log.append({ event: 'b' });
    await archived();
    expect(readdirSync(dirname(file)).sort()).toEqual([
      'audit-key.pem',
      'audit-key.pub.pem',
      'audit.000000000003.20260301T120000Z.jsonl.gz',
      'audit.jsonl',
      'audit.jsonl.lock',
    ]);
    expect(linesOf(file)[0]).toMatchObject({ event: 'log-rotated', seq: 4 });
    expect((await verifyLog(file)).problems).toEqual([]);
  });
});

describe('checkpoints', () => {
  it('come for lines that were written before the log failed', async () => {
    const { log, file } = await open(undefined, { checkpointMs: 0 });
    log.append({ event: 'call' });
    const full = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error(), { code: 'ENOSPC' });
    });
    log.sign();
    full.mockRestore();
    expect(log.recover()).toBe(true);
    log.tick();
    expect(eventsOf(file).at(-1)).toBe('checkpoint');
  });

  it('come after so many lines', async () => {
    const { log, file } = await open(undefined, { checkpointLines: 10 });
    for (let count = 0; count < 25; count += 1) log.append({ event: 'call' });
    const at = linesOf(file).flatMap(({ event, seq }) => (event === 'checkpoint' ? [seq] : []));
    expect(at).toEqual([2, 13, 24]);
  });

  it('come with the passing of time where there are lines', async () => {
    const { log, file } = await open(undefined, { checkpointMs: 0 });
    log.tick();
    expect(eventsOf(file)).toHaveLength(2);
    log.append({ event: 'call' });
    log.tick();
    expect(eventsOf(file).at(-1)).toBe('checkpoint');
  });

  it('come at the end', async () => {
    const { log, file, close } = await open();
    log.append({ event: 'call' });
    close();
    expect(eventsOf(file).at(-1)).toBe('checkpoint');
    expect((await verifyLog(file)).chains[0]).toMatchObject({ unprotected: 0 });
  });
});

describe('a log on standard output', () => {
  it('is a chain of its own, and leaves the output open', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const { log, close } = await open('-');
    log.append({ event: 'call' });
    const text = write.mock.calls.map(([line]) => String(line)).join('');
    close();
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { event: 'log-opened', seq: 1 },
      { event: 'call', seq: 2, prev: hashLine(`${lines[0] ?? ''}\n`) },
    ]);
    expect(process.stdout.writableEnded).toBe(false);
  });

  it('tells of an output that nobody reads any more', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const on = vi.spyOn(process.stdout, 'on').mockReturnValue(process.stdout);
    const { log } = await open('-');
    const calls: readonly (readonly unknown[])[] = on.mock.calls;
    const listener = calls.find(([event]) => event === 'error')?.[1];
    (listener as ((error: Error) => void) | undefined)?.(
      Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }),
    );
    log.append({ event: 'lost' });
    expect(log.failure).toBe('EPIPE');
  });
});
