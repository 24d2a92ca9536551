/** What /proc tells of processes and of the TCP ports that are listened on (see proc(5)). */
import fs from 'node:fs';

/** A TCP port that is listened on. */
export interface Listener {
  /** IPv4 or IPv6 as text. */
  readonly address: string;
  readonly port: number;
  /** Number of the socket, by which its owner is found. */
  readonly inode: string;
}

export interface Process {
  readonly pid: number;
  /** The first 15 characters of the program's name. */
  readonly name: string;
}

const LISTEN = '0A';

/** The listening sockets of /proc/net/tcp or tcp6. */
export function parseListeners(table: string): Listener[] {
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== LISTEN || local === undefined || inode === undefined) return [];
    const [address = '', port = ''] = local.split(':');
    return [{ address: addressText(address), port: Number.parseInt(port, 16), inode }];
  });
}

/** Four bytes, or four times four, each group with its lowest byte first. */
function addressText(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** Every listening socket in the network namespace of a process. */
export function listenersOf(pid: number | 'self'): Listener[] {
  return ['tcp', 'tcp6'].flatMap((table) => parseListeners(readText(`/proc/${pid}/net/${table}`)));
}

/** Every process that may be seen, or those with this name. */
export function processes(name?: string): Process[] {
  return list('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => ({ pid: Number(pid), name: readText(`/proc/${pid}/comm`).trim() }))
    .filter((process) => process.name !== '' && (name === undefined || process.name === name));
}

/** The arguments of a process, its own name first; none where they may not be seen. */
export const argumentsOf = (pid: number): string[] =>
  readText(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);

/** The sockets that a process has open; undefined where this user may not see. */
export function socketsOf(pid: number): ReadonlySet<string> | undefined {
  try {
    const targets = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
  } catch {
    return undefined;
  }
}

/** Who listens on a port: `nginx (pid 4711)`; undefined where this user may not see. */
export function ownerOf(port: number): string | undefined {
  const inodes = listenersOf('self').filter((listener) => listener.port === port);
  const owner = processes().find(({ pid }) => {
    const sockets = socketsOf(pid);
    return inodes.some(({ inode }) => sockets?.has(inode));
  });
  return owner && `${owner.name} (pid ${owner.pid})`;
}

/** True where a process shares this one's network; unknown counts as shared. */
export function sharesNetwork(pid: number): boolean {
  const other = linkOf(`/proc/${pid}/ns/net`);
  return other === '' || other === linkOf('/proc/self/ns/net');
}

/** True where a process has the listening unix socket of this path open; undefined where it cannot be told. */
export function servesSocket(pid: number, path: string): boolean | undefined {
  const sockets = socketsOf(pid);
  if (sockets === undefined) return undefined;
  const inodes = readText(`/proc/${pid}/net/unix`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[7] !== undefined && samePath(fields.slice(7).join(' '), path));
  return inodes.some((fields) => sockets.has(fields[6] ?? ''));
}

function samePath(bound: string, path: string): boolean {
  try {
    return bound === path || fs.realpathSync(bound) === fs.realpathSync(path);
  } catch {
    return false;
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}

function list(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}
