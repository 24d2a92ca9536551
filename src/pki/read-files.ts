/** Reads what is in the certificate directory, and tells "not there" from "there and wrong". */
import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../errors.ts';
import { unreadable } from './file-errors.ts';
import type { PairPaths } from './layout.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

/** Far more than any bundle needs; it bounds what a wrong path can make us read. */
const MAX_BYTES = 1024 * 1024;

/**
 * How long a key without its certificate may be the work of another run: that one links the key and
 * then the certificate, so the gap is two system calls wide.
 */
const SETTLE_MS = 500;
const SETTLE_STEP_MS = 20;

/**
 * A text file, or undefined where nothing has this name. A symbolic link is read through, but one
 * that leads nowhere is an error, not an absence. Throws FILE_UNREADABLE for all that is not a
 * readable regular file of at most 1 MiB.
 */
export async function readIfPresent(path: string): Promise<TextFile | undefined> {
  if ((await lstatIfPresent(path)) === undefined) return undefined;
  try {
    return await readRegularFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** What has this name, symbolic links not followed; undefined for nothing. */
export async function lstatIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return undefined;
    throw unreadable(path, error);
  }
}

/**
 * False where nothing is there. Throws FILE_UNREADABLE for all but a directory: through a link,
 * keys would be written where nobody expects them.
 */
export async function isRealDirectory(path: string): Promise<boolean> {
  const stats = await lstatIfPresent(path);
  if (stats === undefined || stats.isDirectory()) return stats !== undefined;
  const what = stats.isSymbolicLink() ? 'is a symbolic link' : 'is a file';
  throw new CommandError(
    'FILE_UNREADABLE',
    `${path} ${what} where a directory has to be`,
    `move ${path} away and run again`,
  );
}

/**
 * Both files of a certificate. A key on its own is an error (FILE_UNREADABLE), since nobody can tell
 * which certificate it was for.
 */
export async function readPair(
  paths: PairPaths,
): Promise<{ readonly cert: TextFile; readonly key: TextFile | undefined } | undefined> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const key = await readIfPresent(paths.key);
    const cert = await readIfPresent(paths.cert);
    if (cert !== undefined) return { cert, key: key ?? (await readIfPresent(paths.key)) };
    if (key === undefined) return undefined;
    if (performance.now() > deadline) throw halfWritten(paths.key, paths.cert);
    await delay(SETTLE_STEP_MS);
  }
}

/** The error for a file whose counterpart is missing. */
export function halfWritten(present: string, missing: string): CommandError {
  return new CommandError(
    'FILE_UNREADABLE',
    `${present} is there but ${missing} is not`,
    `restore the missing file, or move ${present} away and run again`,
  );
}

async function readRegularFile(path: string): Promise<TextFile> {
  // Without O_NONBLOCK the open of a named pipe waits for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw notUsable(path, 'is not a regular file');
    if (stats.size > MAX_BYTES) throw notUsable(path, 'is larger than 1 MiB');
    return { path, text: await file.readFile('utf8'), mode: stats.mode & 0o777 };
  } finally {
    await file.close();
  }
}

function notUsable(path: string, what: string): CommandError {
  return new CommandError('FILE_UNREADABLE', `${path} ${what}`, `move ${path} away and run again`);
}
