import fs from 'node:fs';

/**
 * What is wrong with who may read a private key; undefined where its owner alone may. It is said and
 * not mended: whoever could read it may have done so already.
 */
export function keyModeProblem(file: string): string | undefined {
  const mode = fs.statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return undefined;
  return `others than its owner may use the key (mode ${(mode & 0o777).toString(8)}); chmod 600, and renew it if anybody may have read it`;
}
