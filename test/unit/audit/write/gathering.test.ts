import fs, { rmSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OpenLog } from '../../../../src/audit/write/open.ts';
import {
  linesOf,
  openTestLog,
  recordsOf,
  verifyLog,
  type LogOptions,
} from '../../helpers/audit.ts';
import { fillDisk } from '../../helpers/full-disk.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const opened: OpenLog[] = [];

async function open(file?: string, options?: LogOptions): Promise<OpenLog> {
  const log = await openTestLog(file, { gathers: { lookMs: 0 }, ...options });
  opened.push(log);
  return log;
}

const eventsOf = (file: string): unknown[] => recordsOf(file).map(({ event }) => event);
const turn = (): Promise<void> => new Promise(setImmediate);

afterEach(() => {
  vi.restoreAllMocks();
  for (const log of opened.splice(0)) log.close();
});

describe('a log that gathers lines', () => {
  it('writes all of one turn in one go, in order, after one look at the file', async () => {
    const { log, file } = await open();
    const write = vi.spyOn(fs, 'writeSync');
    const look = vi.spyOn(fs, 'fstatSync');
    log.append({ event: 'end' }, 'after');
    log.append({ event: 'intent' }, 'awaited');
    log.append({ event: 'read' }, 'soon');
    expect(write).not.toHaveBeenCalled();
    await log.settled();
    expect(write).toHaveBeenCalledOnce();
    expect(look).toHaveBeenCalledOnce();
    expect(eventsOf(file)).toEqual(['end', 'intent', 'read']);
    expect((await verifyLog(file)).problems).toEqual([]);
  });

  it('lets nobody go on whose line was lost, though lines of a rotation before it were written', async () => {
    const sizes = { maxBytes: 1_500, keep: 1, checkpointLines: 1_000 };
    const { log, file, archived } = await open(undefined, sizes);
    const fill = { event: 'call', x: 'x'.repeat(400) };
    // One rotated file is there already, so the next rotation removes it, and says so.
    for (let times = 0; times < 5; times += 1) log.append(fill);
    expect(linesOf(file)[0]).toMatchObject({ event: 'log-rotated' });
    await archived();
    log.append({ event: 'intent', x: 'x'.repeat(1_000) }, 'awaited');
    const settled = log.settled();
    const write: (fd: number, bytes: Buffer) => number = fs.writeSync.bind(fs);
    const full = vi.spyOn(fs, 'writeSync').mockImplementation(((fd: number, bytes: Buffer) => {
      if (!bytes.includes('"event":"intent"')) return write(fd, bytes);
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }) as typeof fs.writeSync);
    await expect(settled).rejects.toThrow('ENOSPC');
    full.mockRestore();
    await archived();
    expect(JSON.stringify(linesOf(file))).toContain('log-removed');
  });

  it('need not look again so soon where it may be that long ago', async () => {
    const { log, file } = await open(undefined, { gathers: { lookMs: 60_000 } });
    log.append({ event: 'one' });
    const look = vi.spyOn(fs, 'fstatSync');
    log.append({ event: 'two' }, 'awaited');
    await log.settled();
    expect(look).not.toHaveBeenCalled();
    rmSync(file);
    // What is to be there now is there, whatever may be long ago for others.
    log.append({ event: 'three' });
    expect(eventsOf(file)).toEqual(['three']);
  });

  it('writes at once what is to be there now, behind all that waits', async () => {
    const { log, file } = await open();
    log.append({ event: 'end' }, 'after');
    log.append({ event: 'gate-start' });
    expect(eventsOf(file)).toEqual(['end', 'gate-start']);
    expect(log.settled()).toBeUndefined();
  });

  it('keeps nobody waiting for lines of an earlier turn', async () => {
    const { log, file } = await open();
    log.append({ event: 'end' }, 'after');
    await turn();
    expect(eventsOf(file)).toEqual(['end']);
    expect(log.settled()).toBeUndefined();
  });

  it('tells everybody whose line could not be written, and owns up to each', async () => {
    const { log, file } = await open();
    const mend = fillDisk();
    log.append({ event: 'one' }, 'awaited');
    const first = log.settled();
    log.append({ event: 'two' }, 'awaited');
    const second = log.settled();
    await expect(first).rejects.toThrow('ENOSPC');
    await expect(second).rejects.toThrow('ENOSPC');
    expect(log.failure).toBe('ENOSPC');
    mend();
    log.append({ event: 'three' }, 'awaited');
    await log.settled();
    expect(recordsOf(file)).toMatchObject([
      { event: 'gap', lost: 2, reason: 'ENOSPC' },
      { event: 'three' },
    ]);
  });

  it('writes before the turn is over where there is much', async () => {
    const { log, file } = await open();
    for (let count = 0; count < 100; count += 1) {
      log.append({ event: 'r', x: 'x'.repeat(1_000) }, 'after');
    }
    expect(recordsOf(file).length).toBeGreaterThan(60);
    await log.settled();
    expect(recordsOf(file)).toHaveLength(100);
  });

  it('writes what waits when it closes, and tells who waits', async () => {
    const { log, file, close } = await open();
    log.append({ event: 'intent' }, 'awaited');
    const written = log.settled();
    close();
    expect(eventsOf(file)).toEqual(['intent']);
    await written;
    await turn();
    expect(linesOf(file).at(-1)).toMatchObject({ event: 'checkpoint' });
  });

  it('writes what waits before it goes to another file of that name', async () => {
    const { log, file } = await open();
    log.append({ event: 'intent' }, 'awaited');
    const written = log.settled();
    fs.renameSync(file, `${file}.1`);
    log.reopen();
    expect(eventsOf(`${file}.1`)).toEqual(['intent']);
    await written;
  });

  it('sees before the lines of a turn that its file is gone', async () => {
    const file = join(temporaryDirectory(), 'deep', 'audit.jsonl');
    const { log } = await open(file, { keyFile: join(temporaryDirectory(), 'k.pem') });
    rmSync(dirname(file), { recursive: true });
    log.append({ event: 'intent' }, 'awaited');
    await expect(log.settled()).rejects.toThrow('ENOENT');
    mkdirSync(dirname(file));
    log.append({ event: 'intent' }, 'awaited');
    await log.settled();
    expect(eventsOf(file)).toContain('intent');
  });

  it('signs when there is so much to sign', async () => {
    const { log, file } = await open(undefined, { checkpointLines: 10 });
    for (let count = 0; count < 12; count += 1) log.append({ event: 'r' }, 'after');
    await log.settled();
    expect(linesOf(file).at(-1)).toMatchObject({ event: 'checkpoint', seq: 15 });
  });

  it('buffer: lines that may wait longer do, until one comes that may not', async () => {
    const { log, file } = await open(undefined, { durability: 'buffer' });
    log.append({ event: 'read' }, 'soon');
    expect(log.settled()).toBeUndefined();
    await turn();
    expect(eventsOf(file)).toEqual([]);
    log.append({ event: 'intent' }, 'awaited');
    await log.settled();
    expect(eventsOf(file)).toEqual(['read', 'intent']);
  });

  it('fsync: whoever waits does so until its line is on the disk', async () => {
    const { log, file } = await open(undefined, { durability: 'fsync' });
    const seen: unknown[][] = [];
    const sync = vi.spyOn(fs, 'fdatasync');
    sync.mockImplementation((_fd: number, done: fs.NoParamCallback) => {
      seen.push(eventsOf(file));
      done(null);
    });
    log.append({ event: 'intent' }, 'awaited');
    await log.settled();
    expect(log.failure).toBeUndefined();
    expect(eventsOf(file)).toEqual(['intent']);
  });
});
