/**
 * One lock for each directory of certificates: whoever writes there holds `.lock`. The file appears
 * whole (link(2) of a synced one) and names its holder, so that the lock of a process that was
 * killed can be taken over.
 *
 * Taking over is itself exclusive. The lock of a dead holder with token T is replaced only by who
 * holds `.lock-T`, and only after another look that it is still T's: two that saw the same dead
 * holder cannot both win. Where the one who took over is killed in between, `.lock-T` is a stale lock
 * as any other, and the same rule applies to it.
 */
import { link, open, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandError, systemCode } from '../../errors.ts';
import { unwritable } from '../file-errors.ts';
import { KEY_MODE } from '../files.ts';
import { isGone, parseHolder, thisHolder, type Holder } from './holder.ts';

const LOCK_FILE = '.lock';

/** How long a command waits for one holder, in ms: they have the lock for a fraction of a second. */
const WAIT_MS = 10_000;
const STEP_MS = 25;

/**
 * Runs `work` while no other command writes to `dir`. Throws LOCKED, with the holder's name, where
 * another one does not end within `waitMs`, and FILE_UNWRITABLE.
 */
export async function withLock<T>(
  dir: string,
  command: string,
  work: () => Promise<T>,
  waitMs = WAIT_MS,
): Promise<T> {
  const path = join(dir, LOCK_FILE);
  const us = await thisHolder(command);
  await guarded(dir, () => acquire(path, us, waitMs));
  try {
    return await work();
  } finally {
    await release(path, us);
  }
}

/** True where somebody holds the lock, or held it and was killed. */
export async function isLocked(dir: string): Promise<boolean> {
  return (await readFile(join(dir, LOCK_FILE)).catch(() => undefined)) !== undefined;
}

/** The wait begins anew with each holder: a queue that moves is no reason to give up. */
async function acquire(path: string, us: Holder, waitMs: number): Promise<void> {
  let deadline = performance.now() + waitMs;
  let last: string | undefined;
  while (!(await attempt(path, us))) {
    const holder = (await holderOf(path))?.token;
    if (holder !== last) deadline = performance.now() + waitMs;
    last = holder;
    if (performance.now() > deadline) throw await locked(path);
    await delay(STEP_MS + Math.random() * STEP_MS);
  }
}

/** One try: true where the lock is ours now. Whoever waits writes nothing. */
async function attempt(path: string, us: Holder): Promise<boolean> {
  if (!(await exists(path))) return place(path, us);
  const holder = await holderOf(path);
  return holder !== undefined && (await isGone(holder, us)) && takeOver(path, holder, us);
}

async function place(path: string, us: Holder): Promise<boolean> {
  const temporary = await write(path, us);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    // ENOENT: who has the lock sweeps up leftovers, and cannot tell this file from one.
    if (['EEXIST', 'ENOENT'].includes(systemCode(error))) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function takeOver(path: string, dead: Holder, us: Holder): Promise<boolean> {
  const right = `${path}-${dead.token}`;
  if (!(await attempt(right, us))) return false;
  try {
    if ((await holderOf(path))?.token !== dead.token) return false;
    // Nobody sweeps here now: only who has the lock does.
    await rename(await write(path, us), path);
    return true;
  } finally {
    await release(right, us);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function release(path: string, us: Holder): Promise<void> {
  if ((await holderOf(path))?.token === us.token) await unlink(path);
}

/** Undefined where there is no lock by now, or one that says nothing: nobody takes that over. */
async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return parseHolder(text);
}

async function write(path: string, holder: Holder): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${holder.token}`);
  const file = await open(temporary, 'w', KEY_MODE);
  try {
    await file.writeFile(JSON.stringify(holder));
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

async function guarded(dir: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw error instanceof CommandError ? error : unwritable(dir, error);
  }
}

async function locked(path: string): Promise<CommandError> {
  const holder = await holderOf(path);
  const who =
    holder === undefined
      ? `${path} is there and does not say whose it is`
      : `${path} is held by "${holder.command}", process ${holder.pid} on ${holder.host}, since ${holder.since}`;
  return new CommandError(
    'LOCKED',
    who,
    `wait until it ends; if no dockgate command is running, remove ${path}`,
  );
}
