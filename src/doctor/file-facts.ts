import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../errors.ts';

/** What is known of one file or directory. */
export interface FileFact {
  readonly path: string;
  /** Undefined where nothing has this name, or nobody may see it. */
  readonly stat: FileStat | undefined;
  /** The content of a regular file of at most 1 MiB that could be read. */
  readonly text: string | undefined;
  /** The system's word for why there is no `stat` or no `text`: `ENOENT`, `EACCES`, … */
  readonly error: string | undefined;
}

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'socket' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const MAX_BYTES = 1024 * 1024;

/** Looks at a file, symbolic links followed, and reads it where it is a file. Never throws. */
export function lookAt(file: string): FileFact {
  try {
    const stats = fs.statSync(file);
    const stat = {
      kind: kindOf(stats),
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
    } as const;
    return { path: file, stat, ...contentOf(file, stat.kind, stats.size) };
  } catch (error) {
    return { path: file, stat: undefined, text: undefined, error: systemCode(error) };
  }
}

function contentOf(
  file: string,
  kind: FileStat['kind'],
  size: number,
): Pick<FileFact, 'text' | 'error'> {
  if (kind !== 'file') return { text: undefined, error: undefined };
  if (size > MAX_BYTES) return { text: undefined, error: 'EFBIG' };
  try {
    return { text: fs.readFileSync(file, 'utf8'), error: undefined };
  } catch (error) {
    return { text: undefined, error: systemCode(error) };
  }
}

function kindOf(stats: fs.Stats): FileStat['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSocket() ? 'socket' : 'other';
}

/** Names of the directories in a directory, sorted, hidden ones left out; none where there is no such directory. */
export function directoriesIn(directory: string): string[] {
  try {
    return fs
      .readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

/** The nearest directory above a path that exists; the root at last. */
export function nearestDirectory(file: string): string {
  let directory = path.dirname(path.resolve(file));
  while (!fs.existsSync(directory)) directory = path.dirname(directory);
  return directory;
}

/** Permission bits as `0600`. */
export const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0');
