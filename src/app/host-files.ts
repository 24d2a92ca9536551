import fs from 'node:fs';
import path from 'node:path';
import type { ResolveHostPath } from '../policy/types.ts';
import { readUnixSockets } from '../sockets/proc-net-unix.ts';

/** As many as Linux follows in one path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Follows symbolic links as the daemon will when it mounts a path of its host: within the root that
 * the daemon's own process sees, wherever dockgate itself runs. It takes the right to look into that
 * process (root, or the daemon's user, in its PID namespace); without it no path can be seen, and
 * none is allowed.
 *
 * @param socketPath the daemon's socket, by which its process is found.
 */
export function createHostPath(socketPath: string): ResolveHostPath {
  let holder: Holder | undefined;
  return (wanted) => {
    if (holder === undefined || !isHolder(holder)) holder = findHolder(socketPath);
    return holder && followHostPath(`/proc/${holder.pid}/root`, wanted);
  };
}

/**
 * Follows symbolic links within a root.
 *
 * @param root of the process that the path means something to; empty for this one's own.
 * @returns undefined where it cannot be seen: a directory that may not be read, a file on the way.
 */
export function followHostPath(root: string, wanted: string): string | undefined {
  try {
    return follow(root, wanted);
  } catch {
    return undefined;
  }
}

/** A process that listens on the socket, and how that shows. */
interface Holder {
  readonly pid: string;
  readonly descriptor: string;
  readonly link: string;
}

function isHolder({ descriptor, link }: Holder): boolean {
  return readLink(descriptor) === link;
}

function findHolder(socketPath: string): Holder | undefined {
  const links = listeningSockets(socketPath).map((inode) => `socket:[${inode}]`);
  if (links.length === 0) return undefined;
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    // Systemd holds the socket too where it started the daemon by it, on the same host.
    for (const fd of entriesOf(`/proc/${pid}/fd`)) {
      const descriptor = `/proc/${pid}/fd/${fd}`;
      const link = readLink(descriptor);
      if (link !== undefined && links.includes(link)) return { pid, descriptor, link };
    }
  }
  return undefined;
}

/** Inodes of the sockets that listen at a path. */
function listeningSockets(socketPath: string): string[] {
  const real = realPath(socketPath);
  return readUnixSockets()
    .filter(({ listens, name }) => listens && name !== undefined && realPath(name) === real)
    .map(({ inode }) => inode);
}

function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

function entriesOf(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

function readLink(file: string): string | undefined {
  try {
    return fs.readlinkSync(file);
  } catch {
    return undefined;
  }
}

/** Step by step, because the kernel would take an absolute link within our own root. */
function follow(root: string, wanted: string): string | undefined {
  if (!path.isAbsolute(wanted)) return undefined;
  const ahead = path.normalize(wanted).split('/');
  let done: string[] = [];
  let links = 0;
  for (let segment = ahead.shift(); segment !== undefined; segment = ahead.shift()) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      done.pop();
      continue;
    }
    const here = `/${[...done, segment].join('/')}`;
    const stat = fs.lstatSync(root + here, { throwIfNoEntry: false });
    if (stat === undefined) return ahead.includes('..') ? undefined : path.join(here, ...ahead);
    if (!stat.isSymbolicLink()) {
      done.push(segment);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return undefined;
    const target = fs.readlinkSync(root + here);
    if (target.startsWith('/')) done = [];
    ahead.unshift(...target.split('/'));
  }
  return `/${done.join('/')}`;
}
