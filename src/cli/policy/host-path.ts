import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../errors.ts';

/**
 * A path of this host with every symbolic link followed. Of what is not there yet, the deepest
 * directory that is, followed, with the rest behind it; undefined where it cannot be seen.
 */
export function resolveHostPath(target: string): string | undefined {
  let directory = target;
  const rest: string[] = [];
  for (;;) {
    try {
      return path.join(realpathSync(directory), ...rest);
    } catch (error) {
      // A link that leads nowhere leads to wherever somebody makes something tomorrow.
      if (systemCode(error) !== 'ENOENT' || isLink(directory)) return undefined;
      rest.unshift(path.basename(directory));
      directory = path.dirname(directory);
    }
  }
}

function isLink(target: string): boolean {
  return lstatSync(target, { throwIfNoEntry: false }) !== undefined;
}
