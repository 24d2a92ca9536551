import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { thisHolder, type Holder } from '../../../../src/pki/store/holder.ts';
import { withLock } from '../../../../src/pki/store/lock.ts';
import { refusal, temporaryDirectory } from '../helpers.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory();
});

const lockFile = (): string => join(dir, '.lock');

const leave = (holder: Partial<Holder>): Promise<void> =>
  thisHolder('client add').then((us) =>
    writeFile(lockFile(), JSON.stringify({ ...us, ...holder })),
  );

/** The PID of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('withLock', () => {
  it('lets one in at a time, and leaves nothing behind', async () => {
    let inside = 0;
    const order: number[] = [];
    const work = (index: number) => async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      await readdir(dir);
      order.push(index);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 25 }, (_, index) => withLock(dir, 'x', work(index))));
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(await readdir(dir)).toEqual([]);
  });

  it('gives the lock back when the work fails', async () => {
    const failing = withLock(dir, 'x', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await withLock(dir, 'x', () => Promise.resolve(1), 0)).toBe(1);
  });

  it('says who holds it, when that one does not end in time', async () => {
    await withLock(dir, 'ca rotate', async () => {
      const refused = await refusal(
        withLock(dir, 'client add', () => Promise.resolve(), 0),
        'LOCKED',
      );
      expect(refused.message).toContain(`"ca rotate", process ${process.pid}`);
      expect(refused.hint).toContain(lockFile());
    });
  });

  it.each([
    ['has ended', async () => ({ pid: await deadPid() })],
    ['has ended, and its PID is that of a later process', () => Promise.resolve({ start: '1' })],
    ['ran before this machine was started anew', () => Promise.resolve({ boot: 'other' })],
  ])('takes over from a holder that %s', async (_, holder) => {
    await leave(await holder());
    expect(await withLock(dir, 'x', () => Promise.resolve(1), 0)).toBe(1);
    expect(await readdir(dir)).toEqual([]);
  });

  it.each([
    ['is on another machine', { boot: 'other', host: 'elsewhere' }],
    ['is in another container', { namespace: 'pid:[1]', pid: 4_000_000 }],
  ])('waits for a holder that %s: nobody can tell whether it has ended', async (_, holder) => {
    await leave(holder);
    await refusal(
      withLock(dir, 'x', () => Promise.resolve(), 0),
      'LOCKED',
    );
    expect(await readFile(lockFile(), 'utf8')).toContain('client add');
  });

  it('does not take over a lock that says nothing', async () => {
    await writeFile(lockFile(), '');
    const refused = await refusal(
      withLock(dir, 'x', () => Promise.resolve(), 0),
      'LOCKED',
    );
    expect(refused.message).toContain('does not say whose it is');
  });

  it('lets one of many take over from a dead holder, the others after it', async () => {
    await leave({ pid: await deadPid() });
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      await readdir(dir);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 25 }, () => withLock(dir, 'x', work)));
    expect(await readdir(dir)).toEqual([]);
  });

  it('takes over from one who died while taking over', async () => {
    const dead = { pid: await deadPid() };
    await leave({ ...dead, token: '0123456789ab' });
    const us = await thisHolder('x');
    await writeFile(join(dir, '.lock-0123456789ab'), JSON.stringify({ ...us, ...dead }));
    expect(await withLock(dir, 'x', () => Promise.resolve(1), 0)).toBe(1);
    expect(await readdir(dir)).toEqual([]);
  });
});
