import fs from 'node:fs';

/** Device and number of a file, by which it is known whatever it is called; undefined where there is none. */
export function inodeOf(file: string): string | undefined {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
