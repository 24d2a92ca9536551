import fs from 'node:fs';
import { CommandError, systemCode } from '../errors.ts';

/**
 * A daemon that is not up yet is no reason not to start; a path that can never be one is.
 *
 * @returns why the daemon cannot be reached now; undefined where a socket is there.
 * @throws CommandError `CONFIG_INVALID` where the path is something else than a socket.
 */
export function checkDockerSocket(path: string): string | undefined {
  let stat: fs.Stats;
  try {
    stat = fs.statSync(path);
  } catch (error) {
    return systemCode(error);
  }
  if (stat.isSocket()) return undefined;
  throw new CommandError(
    'CONFIG_INVALID',
    `--docker-host unix://${path} is ${stat.isDirectory() ? 'a directory' : 'a file'}, not a socket`,
    'name the socket that the daemon listens on; "docker context inspect" on this host shows it',
  );
}
