/** Errors of the file system as one line and a hint. */
import { CommandError, systemCode } from '../errors.ts';

const HINT: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only: name another directory with --certs',
  ENOSPC: 'free some space on this file system and run again',
  ENOTDIR: 'a part of this path is a file: name a directory with --certs',
  EEXIST: 'there is a file of this name: name a directory with --certs',
  ELOOP: 'symbolic links lead in a circle here: name the real path',
  ENOENT: 'a symbolic link leads nowhere, or the path is gone: name the real path',
};

const FALLBACK_HINT = 'look at this path, mend it or move it away, and run again';

function hint(error: unknown): string {
  const code = systemCode(error);
  if (code === 'EACCES' || code === 'EPERM') return DENIED;
  return HINT[code] ?? FALLBACK_HINT;
}

/** By number: that is what counts for a directory that is mounted into a container. */
const DENIED = `give it to this user (chown -R ${process.getuid?.() ?? 'USER'}), run as one who has access, or name another directory with --certs`;

/** FILE_UNREADABLE for a failed read of `path`; an error that has its message already passes through. */
export function unreadable(path: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const message = `${path} cannot be read: ${systemCode(error)}`;
  return new CommandError('FILE_UNREADABLE', message, hint(error), { cause: error });
}

/** FILE_UNWRITABLE for a failed write to `path`. */
export function unwritable(path: string, error: unknown): CommandError {
  const message = `${path} cannot be written: ${systemCode(error)}`;
  return new CommandError('FILE_UNWRITABLE', message, hint(error), { cause: error });
}
