import fs from 'node:fs';
import path from 'node:path';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/**
 * Gives files that root has just made to the owner of their directory: a gate that runs without privileges has to go on
 * with the log that an operator's command began. Without privileges, or where the directory is root's, nothing
 * happens.
 */
export function handOver(files: readonly string[]): void {
  if (process.geteuid?.() !== 0) return;
  for (const file of files) {
    const owner = fs.statSync(path.dirname(file), { throwIfNoEntry: false });
    if (owner !== undefined && owner.uid !== 0) give(file, owner);
  }
}

/** What cannot be given away stays root's: the lines are there all the same, and `doctor` tells. */
function give(file: string, { uid, gid }: fs.Stats): void {
  let fd: number;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return;
  }
  try {
    const found = fs.fstatSync(fd);
    // The directory's owner may have put another of root's files in its place: such a one has a second name.
    const isOurs = found.isFile() && found.uid === 0 && found.nlink === 1;
    if (isOurs) fs.fchownSync(fd, uid, gid);
  } catch {
    return;
  } finally {
    fs.closeSync(fd);
  }
}
