import fs from 'node:fs';
import { ownName, readAccounts } from '../doctor/accounts.ts';
import { inContainer } from '../doctor/container.ts';
import { lookAt, octal } from '../doctor/file-facts.ts';
import { accessFix, whyDenied } from '../doctor/socket-access.ts';
import { CommandError, systemCode } from '../errors.ts';

/**
 * A daemon that is not up yet is no reason not to start; a path that can never be one is, and so is a socket that is
 * closed to this user.
 *
 * @returns why the daemon cannot be reached now; undefined where a socket is there.
 * @throws CommandError `CONFIG_INVALID` where the path is something else than a socket, `DAEMON_DENIED` where it may not
 * be used: that is tried again by who starts services, since one may be quicker than who gives the socket its group.
 */
export function checkDockerSocket(path: string): string | undefined {
  let stat: fs.Stats;
  try {
    stat = fs.statSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EACCES') throw closedSocket(path, code);
    return code;
  }
  if (stat.isSocket()) {
    const denied = whyDenied(path);
    if (denied !== undefined) throw closedSocket(path, denied);
    return undefined;
  }
  throw new CommandError(
    'CONFIG_INVALID',
    `--docker-host unix://${path} is ${stat.isDirectory() ? 'a directory' : 'a file'}, not a socket`,
    'name the socket that the daemon listens on; "docker context inspect" on this host shows it',
  );
}

function closedSocket(path: string, denied: string): CommandError {
  const accounts = readAccounts();
  const user = ownName(accounts);
  const groups = (process.getgroups?.() ?? []).join(', ');
  const closed = `closed to ${user} (groups ${groups}): ${denied}`;
  const { stat } = lookAt(path);
  if (stat === undefined) {
    const hint = 'name a socket that this user may see; "dockgate doctor" as root tells more';
    return new CommandError('DAEMON_DENIED', `--docker-host unix://${path} is ${closed}`, hint);
  }
  const group = accounts.group(stat.gid);
  const named = group === String(stat.gid) ? group : `${group} (${stat.gid})`;
  const owner = `${accounts.user(stat.uid)} and group ${named}, mode ${octal(stat.mode)},`;
  return new CommandError(
    'DAEMON_DENIED',
    `--docker-host unix://${path} belongs to ${owner} and is ${closed}`,
    accessFix(stat, group, { user, container: inContainer() }),
  );
}
