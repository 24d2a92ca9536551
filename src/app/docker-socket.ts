import fs from 'node:fs';
import { readAccounts } from '../doctor/accounts.ts';
import { CommandError, systemCode } from '../errors.ts';

/**
 * A daemon that is not up yet is no reason not to start; a path that can never be one is, and so is a socket that this
 * process may not use: a running process does not get into another group.
 *
 * @returns why the daemon cannot be reached now; undefined where a socket is there.
 * @throws CommandError `CONFIG_INVALID` where the path is something else than a socket, `DAEMON_DENIED`.
 */
export function checkDockerSocket(path: string): string | undefined {
  let stat: fs.Stats;
  try {
    stat = fs.statSync(path);
  } catch (error) {
    if (systemCode(error) === 'EACCES') throw hidden(path);
    return systemCode(error);
  }
  if (!stat.isSocket()) throw noSocket(path, stat);
  if (!mayConnect(path)) throw denied(path, stat);
  return undefined;
}

/** Connecting takes the right to write, see unix(7). */
function mayConnect(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function noSocket(path: string, stat: fs.Stats): CommandError {
  return new CommandError(
    'CONFIG_INVALID',
    `--docker-host unix://${path} is ${stat.isDirectory() ? 'a directory' : 'a file'}, not a socket`,
    'name the socket that the daemon listens on; "docker context inspect" on this host shows it',
  );
}

function hidden(path: string): CommandError {
  return new CommandError(
    'DAEMON_DENIED',
    `the daemon's socket ${path} is in a directory that ${readAccounts().user(process.geteuid?.() ?? 0)} may not look into`,
    'let the user into each directory on the way (chmod o+x), or run dockgate as one who may',
  );
}

const WRITABLE_BY_GROUP = 0o020;

function denied(path: string, { uid, gid, mode }: fs.Stats): CommandError {
  const accounts = readAccounts();
  const group = accounts.group(gid);
  const own = [...new Set(process.getgroups?.() ?? [])].map((each) => accounts.group(each));
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  const user = accounts.user(process.geteuid?.() ?? 0);
  return new CommandError(
    'DAEMON_DENIED',
    `the daemon's socket ${path} belongs to user ${accounts.user(uid)} and group ${group} with mode ${octal}; ${user}, in ${own.join(', ') || 'no group'}, may not use it`,
    gid === 0 || (mode & WRITABLE_BY_GROUP) === 0
      ? 'give the socket a group of its own: add "group": "docker" to /etc/docker/daemon.json, then restart the daemon'
      : `get into its group: a service by SupplementaryGroups=${group}, a container by --group-add ${gid}, a user by: sudo usermod -aG ${group} ${user}, then log in anew`,
  );
}
