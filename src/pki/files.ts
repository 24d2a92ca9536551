/**
 * Writes new files and never changes one that exists. Contents go to a temporary name in the same
 * directory, are synced, and get their real name by link(2) or, for a directory, rename(2): both
 * fail where the name is taken, so of two runs at a time one wins and the other learns of it.
 * Modes are set on the open file and do not depend on the umask. A crash can leave a temporary
 * file (a leading dot, mode 0600), never half of a real one.
 */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, mkdtemp, open, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unwritable } from './file-errors.ts';

export const PRIVATE_DIRECTORY_MODE = 0o700;
export const KEY_MODE = 0o600;
export const CERTIFICATE_MODE = 0o644;

export interface NewFile {
  readonly name: string;
  readonly data: string | Uint8Array;
  readonly mode: number;
}

/** Another process took the name in the meantime: look again at what is there. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';
}

/**
 * Makes the directory and what is missing above it, mode 0700; one that exists is left as it is.
 * Throws FILE_UNWRITABLE.
 */
export async function ensureDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * Creates the files in `dir`, all or none, the first one first. Throws NameTaken where one of the
 * names exists, FILE_UNWRITABLE for the rest.
 */
export async function createFiles(dir: string, files: readonly NewFile[]): Promise<void> {
  const suffix = randomBytes(6).toString('hex');
  const steps = files.map(({ name, data, mode }) => ({
    temporary: join(dir, `.${name}.${suffix}`),
    path: join(dir, name),
    data,
    mode,
  }));
  await naming(dir, async () => {
    try {
      for (const { temporary, data, mode } of steps) await writeNew(temporary, data, mode);
      await linkAll(steps);
      await syncDirectory(dir);
    } finally {
      for (const { temporary } of steps) await rm(temporary, { force: true });
    }
  });
}

/**
 * Creates the directory `parent/name`, mode 0700, with the files in it, in one step. An empty
 * directory of that name is replaced. Throws as {@link createFiles}.
 */
export async function createDirectory(
  parent: string,
  name: string,
  files: readonly NewFile[],
): Promise<void> {
  await naming(parent, async () => {
    const temporary = await mkdtemp(join(parent, `.${name}.`));
    try {
      await chmod(temporary, PRIVATE_DIRECTORY_MODE);
      for (const { name, data, mode } of files) await writeNew(join(temporary, name), data, mode);
      await syncDirectory(temporary);
      await rename(temporary, join(parent, name));
      await syncDirectory(parent);
    } finally {
      await rm(temporary, { force: true, recursive: true });
    }
  });
}

/** Not `mkdir(…, { recursive: true })`: below /proc Node 20 never comes back from that. */
async function makeDirectory(path: string): Promise<void> {
  const parent = dirname(path);
  if (await isDirectory(path)) return;
  if (parent !== path) await makeDirectory(parent);
  try {
    await mkdir(path, PRIVATE_DIRECTORY_MODE);
  } catch (error) {
    // Another run may have made it since.
    if (await isDirectory(path)) return;
    throw error;
  }
  await chmod(path, PRIVATE_DIRECTORY_MODE);
  await syncDirectory(parent);
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

async function writeNew(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', KEY_MODE);
  try {
    await file.writeFile(data);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Takes back the names it gave when a later one is taken: half a pair would block the next run. */
async function linkAll(steps: readonly { temporary: string; path: string }[]): Promise<void> {
  const linked: string[] = [];
  try {
    for (const { temporary, path } of steps) {
      await link(temporary, path);
      linked.push(path);
    }
  } catch (error) {
    for (const path of linked) await unlink(path);
    throw error;
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const TAKEN: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);

/** Turns "this name exists" into NameTaken and other system errors into FILE_UNWRITABLE. */
async function naming(dir: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (TAKEN.has(code)) throw new NameTaken(dir, { cause: error });
    throw unwritable(dir, error);
  }
}
