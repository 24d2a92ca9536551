import fs from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../../errors.ts';
import { keyPathOf, loadOrMakeKey } from '../chain/key.ts';
import { GENESIS } from '../chain/link.ts';
import { Archive } from './archive.ts';
import { takeLock, type Lock } from './lock.ts';
import {
  newChain,
  type Durability,
  type Gathers,
  type LogOptions,
  type Start,
} from './log-parts.ts';
import { ChainedLog } from './log.ts';
import { findStart } from './start.ts';
import { readTail } from './tail.ts';
import { FileTarget, StdoutTarget } from './target.ts';

/** How to write a log; docs/audit-format.md explains each. */
export interface AuditSettings extends LogOptions {
  readonly durability: Durability;
  /** How many rotated files are kept; 0: all. */
  readonly keep: number;
  /** PEM of the key that signs checkpoints; made where it is missing. Undefined: beside the log. */
  readonly keyFile: string | undefined;
}

export interface OpenOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  /** Told of what is wrong with rotated files; calls go on. */
  readonly onError: (error: unknown) => void;
  /** Told when the log can no longer be written, with the reason, and when it can again. */
  readonly onState?: (failure: string | undefined) => void;
  /** Where another process writes the log: refuse, or write a chained file of one's own beside it. */
  readonly whenHeld?: 'refuse' | 'beside';
  /** Where lines of one turn of the event loop are to be written together. */
  readonly gathers?: Gathers;
}

/** A log that is open for writing. */
export interface OpenLog {
  readonly log: ChainedLog;
  /** Where it is written: the name that was given, or a file beside it; `-` for standard output. */
  readonly file: string;
  /** Resolves when no rotated file is being compressed. */
  readonly archived: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Opens an audit log, and takes its chain up where it ended: at its last whole line, or at that of the file which was
 * rotated away last. A new file is readable by its owner only, and missing directories are made.
 *
 * @param file path of the log, or `-` for standard output.
 * @throws CommandError `AUDIT_UNWRITABLE`, `AUDIT_LOCKED` where another process writes it, `AUDIT_KEY`.
 */
export async function openLog(
  file: string,
  settings: AuditSettings,
  options: OpenOptions,
): Promise<OpenLog> {
  if (file === '-') return openStream(file, new StdoutTarget(), settings, options);
  try {
    makeDirectory(path.dirname(path.resolve(file)));
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (found?.isFile() === false) {
      return openStream(file, new FileTarget(file), settings, options);
    }
    return await openFile(file, settings, options);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      'AUDIT_UNWRITABLE',
      `the audit log ${file} cannot be written: ${systemCode(error)}`,
      HINTS[systemCode(error)] ?? fallbackHint(),
      { cause: error },
    );
  }
}

const fallbackHint = (): string =>
  `name a file in a directory that this user (uid ${process.getuid?.() ?? 'unknown'}) may write with --audit-log, or "-" for standard output`;
const HINTS: Readonly<Record<string, string>> = {
  EISDIR: 'this is a directory: name a file in it with --audit-log',
  ENOTDIR: 'a part of this path is a file: name another with --audit-log',
  EROFS: 'the file system is read-only: name a file on another with --audit-log',
  ENOSPC: 'free some space on this file system, or name a file on another with --audit-log',
};

/** Level by level: Node's recursive mkdir never returns for a path below /proc. */
function makeDirectory(directory: string): void {
  if (fs.existsSync(directory)) return;
  makeDirectory(path.dirname(directory));
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

/** Standard output, a device or a pipe: what was written cannot be read again, so nothing is taken up. */
function openStream(
  file: string,
  target: FileTarget | StdoutTarget,
  settings: AuditSettings,
  { now, onState, gathers }: OpenOptions,
): OpenLog {
  const key = settings.keyFile === undefined ? undefined : loadOrMakeKey(settings.keyFile);
  const start = { chain: newChain(), head: GENESIS, rest: Buffer.alloc(0), since: now() };
  const parts = {
    file,
    target,
    key,
    start,
    now,
    onRotated: () => undefined,
    isHeld: () => true,
    onState,
    gathers,
  };
  const log = new ChainedLog(parts, settings);
  log.begin();
  const timer = every(1000, () => {
    log.tick();
  });
  const close = (): void => {
    clearInterval(timer);
    log.close();
  };
  return { log, file, archived: () => Promise.resolve(), close };
}

async function openFile(
  wanted: string,
  settings: AuditSettings,
  options: OpenOptions,
): Promise<OpenLog> {
  const { file, lock, predecessor } = await takeFile(wanted, options.whenHeld ?? 'refuse');
  try {
    const key = loadOrMakeKey(settings.keyFile ?? keyPathOf(file));
    const start = await findStart(file, predecessor, options.now());
    return run(file, lock, key, start, settings, options);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function run(
  file: string,
  lock: Lock,
  key: ReturnType<typeof loadOrMakeKey>,
  start: Start,
  settings: AuditSettings,
  { now, onError, onState, gathers }: OpenOptions,
): OpenLog {
  const archive = new Archive(file, {
    keep: settings.keep,
    onError,
    onRemoved: (removed) => {
      log.append({ event: 'log-removed', ...removed });
      // Until it is signed, a missing file is a missing file.
      log.sign();
    },
  });
  let held = true;
  const parts = {
    file,
    target: new FileTarget(file),
    key,
    start,
    now,
    onRotated: () => {
      archive.kick();
    },
    isHeld: () => held,
    onState,
    gathers,
  };
  const log = new ChainedLog(parts, settings);
  log.begin();
  archive.kick();
  const timer = every(1000, () => {
    held = lock.touch();
    log.tick();
  });
  const close = (): void => {
    clearInterval(timer);
    archive.close();
    log.close();
    lock.release();
  };
  return { log, file, archived: () => archive.idle(), close };
}

/** A timer that keeps no process alive. */
function every(ms: number, run: () => void): NodeJS.Timeout {
  return setInterval(run, ms).unref();
}

interface Taken {
  readonly file: string;
  readonly lock: Lock;
  /** For a file beside: where the log stood that another process writes. */
  readonly predecessor?: Readonly<Record<string, unknown>>;
}

/** The log itself, or the first file beside it that nobody writes: `audit.2.jsonl`, `audit.3.jsonl`, … */
async function takeFile(log: string, whenHeld: 'refuse' | 'beside'): Promise<Taken> {
  const lock = await takeLock(log);
  if (!('heldBy' in lock)) return { file: log, lock };
  if (whenHeld === 'refuse') throw locked(log, lock.heldBy);
  const { dir, name, ext } = path.parse(log);
  for (let number = 2; number <= 99; number += 1) {
    const file = path.join(dir, `${name}.${number}${ext}`);
    const beside = await takeLock(file);
    if ('heldBy' in beside) continue;
    const stands = readTail(log)?.link;
    return { file, lock: beside, predecessor: { file: path.basename(log), ...stands } };
  }
  throw locked(log, lock.heldBy);
}

function locked(log: string, pid: number): CommandError {
  const who = pid === 0 ? 'a process in another container' : `process ${pid}`;
  return new CommandError(
    'AUDIT_LOCKED',
    `the audit log ${log} is written by ${who}`,
    'stop that one first, or give this one a log of its own with --audit-log',
  );
}
