import fs from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../errors.ts';

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Refuses a directory in which others could put a socket of their own in place of ours, and with it every directory
 * above: whoever may rename what is in them decides what local clients talk to. Sticky ones (`/tmp`) will do.
 *
 * @returns the directory without symbolic links, so that what was judged is what is used.
 * @throws CommandError `LISTEN_FAILED`.
 */
export function requireSafeDirectory(directory: string, socket: string): string {
  let real: string;
  try {
    real = fs.realpathSync(directory);
    if (!fs.statSync(real).isDirectory()) throw new Error('ENOTDIR');
  } catch (error) {
    throw new CommandError(
      'LISTEN_FAILED',
      `cannot listen on unix://${socket}: the directory ${directory} cannot be used: ${systemCode(error)}`,
      `make it first: install -d -m 0755 ${directory}`,
      { cause: error },
    );
  }
  for (let at = real; ; at = path.dirname(at)) {
    requireSafe(at, socket);
    if (at === path.dirname(at)) return real;
  }
}

function requireSafe(directory: string, socket: string): void {
  const { uid, mode } = fs.statSync(directory);
  const isOurs = uid === 0 || uid === process.geteuid?.();
  const isWritable = (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
  if (isOurs && !isWritable) return;
  throw new CommandError(
    'LISTEN_FAILED',
    isOurs
      ? `cannot listen on unix://${socket}: others may write to ${directory}, and put a socket of their own there`
      : `cannot listen on unix://${socket}: ${directory} belongs to user ${uid}, who could put another socket there`,
    isOurs
      ? `chmod go-w ${directory}, or name a path in a directory of its own with --host`
      : 'name a path in a directory of root, or of the user that dockgate runs as, with --host',
  );
}
