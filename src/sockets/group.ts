import fs from 'node:fs';
import { CommandError } from '../errors.ts';

/**
 * The number of a group.
 *
 * @param group a name of /etc/group, or a number.
 * @throws CommandError `LISTEN_FAILED` where there is no such name.
 */
export function groupId(group: string): number {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  const line = fs
    .readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${group}:`));
  const id = line?.split(':')[2];
  if (id !== undefined && /^\d+$/.test(id)) return Number(id);
  throw new CommandError(
    'LISTEN_FAILED',
    `there is no group ${group} in /etc/group`,
    'name one that is there with --unix-group, or give its number ("getent group")',
  );
}
