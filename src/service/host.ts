import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../errors.ts';
import type { Places } from './places.ts';

/** The daemon's socket as a service's user meets it. */
export interface SocketFacts {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** Its group's name; undefined where it has none on this host. */
  readonly group: string | undefined;
  /** Permissions. */
  readonly mode: number;
}

/** What of a host an installation depends on. */
export interface HostFacts {
  /** Whether systemd runs this host, see sd_booted(3). */
  readonly hasSystemd: boolean;
  /** Undefined where the daemon has none yet. */
  readonly dockerSocket: SocketFacts | undefined;
  /** Why Node.js or dockgate must not be run by a service from where they are. */
  readonly unsafe: string | undefined;
  readonly hasFirewalld: boolean;
  readonly hasSettings: boolean;
  /** The unit that is there; undefined where there is none. */
  readonly unit: string | undefined;
}

export interface LookOptions {
  /** Undefined where it is not to be looked at. */
  readonly dockerSocket: string | undefined;
  readonly places: Places;
  /** Files that the service will run. */
  readonly programs: readonly string[];
}

export function lookAtHost({ dockerSocket, places, programs }: LookOptions): HostFacts {
  return {
    hasSystemd: isDirectory('/run/systemd/system'),
    dockerSocket: dockerSocket === undefined ? undefined : lookAtSocket(dockerSocket),
    unsafe: programs.map(whyUnsafe).find((reason) => reason !== undefined),
    hasFirewalld: fs.existsSync('/usr/bin/firewall-cmd'),
    hasSettings: fs.existsSync(places.settings),
    unit: fs.existsSync(places.service) ? fs.readFileSync(places.service, 'utf8') : undefined,
  };
}

function lookAtSocket(file: string): SocketFacts | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.isSocket() !== true) return undefined;
  const { uid, gid, mode } = stat;
  return { path: file, uid, gid, group: groupName(gid), mode: mode & 0o777 };
}

/** As /etc/group has it. */
function groupName(gid: number): string | undefined {
  const lines = fs.readFileSync('/etc/group', 'utf8').split('\n');
  const line = lines.find((each) => each.split(':')[2] === `${gid}`);
  return line?.split(':')[0];
}

/** Directories that ProtectHome= hides from the service. */
const HIDDEN = ['/home', '/root', '/run/user'];

/**
 * Whoever may change the program of a service that may use the daemon's socket is root on this host. In doubt it is
 * unsafe.
 *
 * @param file absolute, without symbolic links on the way.
 */
export function whyUnsafe(file: string): string | undefined {
  const hidden = HIDDEN.find((directory) => file.startsWith(`${directory}/`));
  if (hidden !== undefined) return `${file} is below ${hidden}, which services must not see`;
  for (let at = file; ; at = path.dirname(at)) {
    const reason = whyWritable(at);
    if (reason !== undefined) return reason;
    if (at === path.dirname(at)) return undefined;
  }
}

const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

function whyWritable(file: string): string | undefined {
  try {
    const { uid, gid, mode } = fs.statSync(file);
    if (uid !== 0) return `${file} belongs to user ${uid}, who could replace what the service runs`;
    const others = gid === 0 ? WRITABLE_BY_ALL : WRITABLE_BY_ALL | WRITABLE_BY_GROUP;
    if ((mode & others) === 0 || (mode & STICKY) !== 0) return undefined;
    return `${file} can be written by others than root, who could replace what the service runs`;
  } catch (error) {
    return `${file} cannot be looked at: ${systemCode(error)}`;
  }
}

function isDirectory(directory: string): boolean {
  return fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
