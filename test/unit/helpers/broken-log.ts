import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary.ts';

/** An audit log on a full disk, until it is mended. */
export interface BrokenLog {
  readonly file: string;
  /** From now on the same name is a file in a directory with room. */
  readonly mend: () => void;
}

/** The name leads through a link to /dev/full, whose every write fails with ENOSPC. */
export function brokenLog(): BrokenLog {
  const directory = join(temporaryDirectory(), 'logs');
  symlinkSync('/dev', directory);
  return {
    file: join(directory, 'full'),
    mend: () => {
      rmSync(directory);
      mkdirSync(directory);
    },
  };
}
