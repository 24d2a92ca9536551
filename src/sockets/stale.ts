import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { CommandError, systemCode } from '../errors.ts';
import { knock } from './knock.ts';

/**
 * Makes room at a path for a socket of ours. A socket file is removed where nobody listens behind it: a process that
 * was killed has left it. Anything else stays.
 *
 * @param place the path without symbolic links on its way.
 * @param socket what it is called in messages.
 * @throws CommandError `LISTEN_FAILED` where another process listens there, or where that cannot be told.
 */
export async function removeStale(place: string, socket = place): Promise<void> {
  const found = fs.lstatSync(place, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw refusal(
      socket,
      `${kindOf(found)} is there already`,
      'move it away, or name another path with --host',
    );
  }
  const code = await knock(place);
  // Nobody listens, and whoever did is gone.
  if (code === 'ECONNREFUSED') takeAway(place, found);
  else if (code === undefined || code === 'EAGAIN') throw inUse(socket);
  else if (code !== 'ENOENT') {
    const hint = 'remove the file if nobody listens there, or name another path with --host';
    throw refusal(socket, `a socket is there that cannot be reached: ${code}`, hint);
  }
}

/** @returns the error that another process listens there already. */
export function inUse(socket: string): CommandError {
  return refusal(
    socket,
    'another process listens there',
    `"ss -xlp" shows which; stop it first, or name another path with --host`,
  );
}

function refusal(socket: string, reason: string, hint: string): CommandError {
  return new CommandError('LISTEN_FAILED', `cannot listen on unix://${socket}: ${reason}`, hint);
}

/** Moves away the file that was judged, and puts it back should another have taken its place since. */
function takeAway(socket: string, judged: fs.Stats): void {
  const aside = `${socket}.${randomBytes(4).toString('hex')}`;
  try {
    fs.renameSync(socket, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw cannotRemove(socket, error);
  }
  const { ino, dev } = fs.lstatSync(aside);
  const isJudged = ino === judged.ino && dev === judged.dev;
  if (!isJudged) fs.linkSync(aside, socket);
  fs.unlinkSync(aside);
  if (!isJudged) throw inUse(socket);
}

function cannotRemove(socket: string, error: unknown): CommandError {
  const reason = `a socket that nobody listens on is there, and cannot be removed: ${systemCode(error)}`;
  return refusal(socket, reason, 'remove it as its owner, or name another path with --host');
}

function kindOf(found: fs.Stats): string {
  if (found.isDirectory()) return 'a directory';
  return found.isSymbolicLink() ? 'a symbolic link' : 'a file';
}
