/**
 * Several files changed as one. New contents are written beside their place and synced; then a
 * journal lists the renames; then they are done. Killed before the journal, nothing has happened;
 * killed after it, the next command finishes the work before it does anything else. Reads and writes
 * happen under the lock of lock.ts.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { CommandError, systemCode } from '../../errors.ts';
import { unreadable, unwritable } from '../file-errors.ts';
import { ensureDirectory, KEY_MODE, PRIVATE_DIRECTORY_MODE, syncDirectory } from '../files.ts';

/** A file to be there with these contents, or not to be there. `path` is relative to the directory. */
export type Change =
  | { readonly path: string; readonly data: string | Uint8Array; readonly mode: number }
  | { readonly path: string; readonly remove: true };

const JOURNAL_FILE = '.journal.json';

/** Paths below the directory, so that a journal from elsewhere cannot reach out of it. */
const inside = z
  .string()
  .refine((path) => path.split('/').every((part) => part !== '' && part !== '..' && part !== '.'));
const STEP = z.union([
  z.strictObject({ from: inside, to: inside }),
  z.strictObject({ remove: inside }),
]);
const JOURNAL = z.strictObject({ version: z.literal(1), steps: z.array(STEP) });

type Step = z.infer<typeof STEP>;

/** What is left behind by a process that was killed; only ever looked at under the lock. */
const LEFTOVER = /^\.(.+\.[0-9a-f]{12}|lock-.+)$/;

/** Makes all changes, in this order, or none. Throws FILE_UNWRITABLE. */
export async function commit(dir: string, changes: readonly Change[]): Promise<void> {
  try {
    const steps = await stage(dir, changes);
    if (steps.length > 1) await writeJournal(dir, steps);
    await apply(dir, steps);
  } catch (error) {
    throw unwritable(dir, error);
  }
}

/** True where a process was killed in the middle of its changes, and nobody has finished them yet. */
export async function isPending(dir: string): Promise<boolean> {
  return stat(join(dir, JOURNAL_FILE)).then(
    () => true,
    () => false,
  );
}

/**
 * Finishes what a killed process had begun, and removes what it left over. Throws FILE_UNREADABLE for
 * a journal that no dockgate wrote, FILE_UNWRITABLE.
 */
export async function recover(dir: string): Promise<void> {
  const steps = await readJournal(dir);
  try {
    if (steps !== undefined) await apply(dir, steps);
    await sweep(dir);
    await sweep(join(dir, 'issued'));
    for (const home of await sweep(join(dir, 'clients'))) await sweep(join(dir, 'clients', home));
  } catch (error) {
    throw unwritable(dir, error);
  }
}

/** Writes the new contents under temporary names; a directory that is new comes as a whole. */
async function stage(dir: string, changes: readonly Change[]): Promise<readonly Step[]> {
  const suffix = randomBytes(6).toString('hex');
  const fresh = new Set<string>();
  const touched = new Set<string>();
  const steps: Step[] = [];
  for (const change of changes) {
    if ('remove' in change) {
      steps.push({ remove: change.path });
      continue;
    }
    const home = dirname(change.path);
    if (!fresh.has(home) && !(await exists(join(dir, home)))) {
      fresh.add(home);
      const from = hidden(home, suffix);
      await ensureDirectory(dirname(join(dir, home)));
      await mkdir(join(dir, from), PRIVATE_DIRECTORY_MODE);
      touched.add(dirname(from));
      steps.push({ from, to: home });
    }
    const from = fresh.has(home)
      ? join(hidden(home, suffix), basename(change.path))
      : hidden(change.path, suffix);
    await write(join(dir, from), change.data, change.mode);
    touched.add(dirname(from));
    if (!fresh.has(home)) steps.push({ from, to: change.path });
  }
  for (const path of touched) await syncDirectory(join(dir, path));
  return steps;
}

const hidden = (path: string, suffix: string): string =>
  join(dirname(path), `.${basename(path)}.${suffix}`);

/** The modes do not depend on the umask. */
async function write(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', KEY_MODE);
  try {
    await file.writeFile(data);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeJournal(dir: string, steps: readonly Step[]): Promise<void> {
  const temporary = hidden(join(dir, JOURNAL_FILE), randomBytes(6).toString('hex'));
  await write(temporary, JSON.stringify({ version: 1, steps }), KEY_MODE);
  await rename(temporary, join(dir, JOURNAL_FILE));
  await syncDirectory(dir);
}

/** Can be done again after it was done in part: what has its name already is passed over. */
async function apply(dir: string, steps: readonly Step[]): Promise<void> {
  const touched = new Set<string>();
  for (const step of steps) {
    if ('remove' in step) await rm(join(dir, step.remove), { force: true });
    else await renameOnce(join(dir, step.from), join(dir, step.to));
    touched.add(dirname('remove' in step ? step.remove : step.to));
  }
  for (const path of touched) await syncDirectory(join(dir, path));
  await rm(join(dir, JOURNAL_FILE), { force: true });
}

async function renameOnce(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || !(await exists(to))) throw error;
  }
}

async function readJournal(dir: string): Promise<readonly Step[] | undefined> {
  const path = join(dir, JOURNAL_FILE);
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
  try {
    return JOURNAL.parse(JSON.parse(text)).steps;
  } catch (cause) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `${path} is not a journal of dockgate`,
      'look at it, compare the files of this directory with a copy, and remove it',
      { cause },
    );
  }
}

/** Removes leftovers of killed processes; returns the names of the directories that stay. */
async function sweep(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries.filter((entry) => LEFTOVER.test(entry.name))) {
    await rm(join(dir, name), { recursive: true, force: true });
  }
  const kept = entries.filter((entry) => entry.isDirectory() && !LEFTOVER.test(entry.name));
  return kept.map(({ name }) => name);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
