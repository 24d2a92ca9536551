import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { Server } from 'node:net';
import path from 'node:path';
import { CommandError, systemCode } from '../errors.ts';
import { requireSafeDirectory } from './directory.ts';
import { groupId } from './group.ts';
import { listening } from './listening.ts';
import { inUse, removeStale } from './stale.ts';

/** Who may connect. */
export interface SocketAccess {
  /** Permissions of the socket's file; others have none. */
  readonly mode: number;
  /** Name or number; undefined: the group of this process. */
  readonly group: string | undefined;
}

/** A socket in the file system that is open. */
export interface BoundSocket {
  /** Takes its name away, where that still is this socket's. */
  readonly remove: () => void;
}

/** sun_path has room for 108 bytes, the last of which is 0 (unix(7)). */
const LONGEST_NAME = 107;
const SUFFIX_BYTES = 3;

/**
 * Opens a server on a path of the file system. Nobody but its owner can connect before mode and group are set: it is
 * bound under another name, without rights for others, and gets its name last. Binding under another name besides
 * keeps Node from removing ours when the server closes, which by then may be a successor's.
 *
 * @throws CommandError `LISTEN_FAILED`.
 */
export async function bindUnix(
  server: Server,
  socket: string,
  access: SocketAccess,
): Promise<BoundSocket> {
  const directory = requireSafeDirectory(path.dirname(socket), socket);
  const place = path.join(directory, path.basename(socket));
  const suffix = randomBytes(SUFFIX_BYTES).toString('hex');
  const temporary = path.join(directory, `.${path.basename(socket)}.${suffix}`);
  requireShort(socket, temporary);
  const gid = access.group === undefined ? undefined : groupId(access.group);
  await removeStale(place, socket);
  try {
    await bindPrivately(server, temporary);
    giveAway(socket, temporary, access, gid);
    return takeName(place, temporary);
  } catch (error) {
    server.close();
    fs.rmSync(temporary, { force: true });
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      'LISTEN_FAILED',
      `cannot listen on unix://${socket}: ${systemCode(error)}`,
      `the user that dockgate runs as has to be able to write to ${directory}`,
      { cause: error },
    );
  }
}

function requireShort(socket: string, temporary: string): void {
  if (temporary.length <= LONGEST_NAME) return;
  const most = LONGEST_NAME - (temporary.length - socket.length);
  throw new CommandError(
    'LISTEN_FAILED',
    `cannot listen on unix://${socket}: the path has ${socket.length} bytes, and a socket's may have ${most}`,
    'name a shorter path with --host',
  );
}

/** Binding happens before `listen` returns, and nothing else runs between. */
async function bindPrivately(server: Server, temporary: string): Promise<void> {
  const before = process.umask(0o177);
  let opened: Promise<void>;
  try {
    opened = listening(server);
    server.listen({ path: temporary, backlog: 1024 });
  } finally {
    process.umask(before);
  }
  await opened;
  const { mode } = fs.lstatSync(temporary);
  if ((mode & 0o177) !== 0) throw new Error('the umask had no effect');
}

function giveAway(
  socket: string,
  temporary: string,
  { mode, group }: SocketAccess,
  gid: number | undefined,
): void {
  try {
    if (gid !== undefined) fs.lchownSync(temporary, process.geteuid?.() ?? -1, gid);
    fs.chmodSync(temporary, mode);
  } catch (error) {
    const who = process.geteuid?.() ?? -1;
    throw new CommandError(
      'LISTEN_FAILED',
      `cannot give unix://${socket} to the group ${group ?? ''}: ${systemCode(error)}`,
      `user ${who} is not in that group; "usermod -aG ${group ?? 'GROUP'} USER" adds it, --unix-group takes another`,
      { cause: error },
    );
  }
}

/** By a link, which never replaces what is there. */
function takeName(socket: string, temporary: string): BoundSocket {
  try {
    fs.linkSync(temporary, socket);
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? inUse(socket) : error;
  }
  fs.unlinkSync(temporary);
  return ownName(socket);
}

/** The name that a socket has now, for whoever removes it later. */
export function ownName(socket: string): BoundSocket {
  const { ino, dev } = fs.lstatSync(socket);
  return {
    remove: () => {
      const now = fs.lstatSync(socket, { throwIfNoEntry: false });
      if (now?.ino === ino && now.dev === dev) fs.rmSync(socket, { force: true });
    },
  };
}
