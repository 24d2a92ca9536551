import fs from 'node:fs';

/** A unix socket that this process's network namespace knows. */
export interface UnixSocketEntry {
  readonly inode: string;
  /** As it was bound; with a leading `@` where it is abstract; undefined where it has no name. */
  readonly name: string | undefined;
  /** Whether it accepts connections. */
  readonly listens: boolean;
}

/** Flag of a socket that accepts connections (`__SO_ACCEPTCON`). */
const LISTENS = '00010000';

/** Lines of `Num RefCount Protocol Flags Type St Inode Path`; a path may hold spaces. */
const LINE = /^\s*\S+: \S+ \S+ (\S+) \S+ \S+ +(\d+)(?: (.*))?$/;

/** All of them; see proc_net(5). */
export function readUnixSockets(): readonly UnixSocketEntry[] {
  return fs
    .readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, flags, inode, name] = LINE.exec(line) ?? [];
      return inode === undefined ? [] : [{ inode, name, listens: flags === LISTENS }];
    });
}
