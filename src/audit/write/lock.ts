import fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { systemCode } from '../../errors.ts';

/** Who holds a lock: enough to tell a living process from one that is gone. */
interface Holder {
  readonly pid: number;
  /** Clock ticks from boot to the process's start: tells it from a later one of the same number. */
  readonly start: string;
  readonly boot: string;
  /** The PID namespace; numbers of another one say nothing here. */
  readonly namespace: string;
}

/** The right to write one log, until it is released. */
export interface Lock {
  /** Shows processes of other PID namespaces that this one lives. @returns false where it was taken away. */
  touch(): boolean;
  release(): void;
}

/** A process of another namespace is believed to be gone when its lock has not been touched for so long, ms. */
const SILENCE_MS = 3_500;

/**
 * Takes the right to write `log`: a file `LOG.lock` beside it, which names the process. The lock of a process that
 * is gone counts for nothing, so that a killed gate starts again at once. Where the holder is in another PID namespace
 * (a container), what counts is whether it still touches its lock.
 *
 * @returns the lock, or the holder's process id (0 where it is in another namespace).
 * @throws the system's error where the file cannot be made.
 */
export async function takeLock(log: string): Promise<Lock | { readonly heldBy: number }> {
  const file = `${log}.lock`;
  const mine = JSON.stringify(self());
  for (;;) {
    const lock = tryLink(file, mine);
    if (lock !== undefined) return lock;
    const found = read(file);
    if (found === undefined) continue;
    if (await isAlive(file, found)) {
      return { heldBy: pidHere(parse(found)) };
    }
    removeStale(file, found);
  }
}

/** Whole at once, and never over a lock that is there. */
function tryLink(file: string, content: string): Lock | undefined {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  fs.writeFileSync(temporary, content, { flag: 'wx', mode: 0o600 });
  try {
    fs.linkSync(temporary, file);
    const { ino } = fs.statSync(file);
    return lockOf(file, ino);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  } finally {
    fs.unlinkSync(temporary);
  }
}

function lockOf(file: string, ino: number): Lock {
  const isMine = (): boolean => fs.statSync(file, { throwIfNoEntry: false })?.ino === ino;
  return {
    touch: () => {
      try {
        if (!isMine()) return !fs.existsSync(file);
        const now = new Date();
        fs.utimesSync(file, now, now);
        return true;
      } catch {
        // Its directory has gone, as has the log; writing will tell.
        return true;
      }
    },
    release: () => {
      try {
        if (isMine()) fs.unlinkSync(file);
      } catch {
        // Whoever comes next finds that its process is gone.
      }
    },
  };
}

/** Moves the lock away that was judged, and puts it back should it be another by now. */
function removeStale(file: string, judged: string): void {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    if (read(aside) !== judged) fs.linkSync(aside, file);
  } finally {
    fs.unlinkSync(aside);
  }
}

async function isAlive(file: string, content: string): Promise<boolean> {
  const holder = parse(content);
  const me = self();
  // Of an earlier boot, or no lock of ours at all.
  if (holder?.boot !== me.boot) return false;
  if (holder.namespace === me.namespace) return startOf(holder.pid) === holder.start;
  const before = touched(file);
  if (Date.now() - before > SILENCE_MS) return false;
  await wait(SILENCE_MS);
  return touched(file) > before;
}

/** A process id of another namespace says nothing here. */
function pidHere(holder: Holder | undefined): number {
  return holder?.namespace === self().namespace ? holder.pid : 0;
}

function touched(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(content: string): Holder | undefined {
  try {
    const holder = JSON.parse(content) as Partial<Holder>;
    const { pid, start, boot, namespace } = holder;
    if (pid === undefined || start === undefined) return undefined;
    return { pid, start, boot: boot ?? '', namespace: namespace ?? '' };
  } catch {
    return undefined;
  }
}

function self(): Holder {
  return {
    pid: process.pid,
    start: startOf(process.pid) ?? '',
    boot: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    namespace: fs.readlinkSync('/proc/self/ns/pid'),
  };
}

/** proc(5): field 22 of stat; the second field, in brackets, may hold spaces. Undefined for no such process. */
function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that has ended, and waits for its parent, holds nothing.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
