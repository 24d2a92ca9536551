/** Who may use the daemon's socket, and what to do for one who may not. */
import { accessSync, constants } from 'node:fs';
import { systemCode } from '../errors.ts';
import { shellWord } from './check.ts';
import type { FileStat } from './file-facts.ts';

/** Connecting takes read and write (unix(7)). @returns the system's word for why not; undefined where this user may. */
export function whyDenied(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return systemCode(error);
  }
}

/** Who is kept out, and where: groups of the host mean nothing in a container but by their number. */
export interface KeptOut {
  readonly user: string;
  readonly container: boolean;
}

/**
 * What lets a user in that the socket's group keeps out.
 *
 * @param group its name, or its number where it has none here.
 */
export function accessFix(
  { gid, mode }: FileStat,
  group: string,
  { user, container }: KeptOut,
): string {
  if (gid === 0 || (mode & 0o060) !== 0o060) {
    return 'give it a group: add "group": "docker" to /etc/docker/daemon.json, then sudo systemctl restart docker';
  }
  if (container) {
    return `give the container that group: docker run --group-add ${gid}, in a compose file group_add: ["${gid}"]`;
  }
  return `sudo usermod -aG ${shellWord(group)} ${shellWord(user)}, then log in anew (a service: SupplementaryGroups=${group})`;
}
