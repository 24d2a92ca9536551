import fs from 'node:fs';
import path from 'node:path';
import { readHead, type TrailFile } from './files.ts';
import { inodeOf } from './inode.ts';

/**
 * Where the files of a trail are when their turn comes; what retention has removed by then is passed over.
 *
 * @throws CommandError `AUDIT_UNREADABLE`.
 */
export async function* paths(files: readonly TrailFile[]): AsyncGenerator<string> {
  for (const file of files) {
    const path = await locate(file);
    if (path !== undefined) yield path;
  }
}

/**
 * Where a file of a trail is by now: it may have been rotated or compressed since it was found, which changes its name,
 * and nothing of its lines.
 *
 * @returns undefined where it is gone; retention has removed it then, or somebody else has.
 * @throws CommandError `AUDIT_UNREADABLE`.
 */
async function locate(file: TrailFile): Promise<string | undefined> {
  if (inodeOf(file.path) === file.inode) return file.path;
  const { dir, name } = path.parse(file.path);
  const family = name.split('.', 1)[0] ?? '';
  for (const other of fs.readdirSync(dir === '' ? '.' : dir)) {
    if (!other.startsWith(family) || other.endsWith('.tmp')) continue;
    const found = path.join(dir, other);
    if (inodeOf(found) === file.inode || (await isSame(found, file))) return found;
  }
  return undefined;
}

/** A compressed file is another one, but begins with the same line. */
async function isSame(found: string, { chain, firstSeq }: TrailFile): Promise<boolean> {
  if (!found.endsWith('.gz') || firstSeq === 0) return false;
  const head = await readHead(found);
  return head?.chain === chain && head.firstSeq === firstSeq;
}
