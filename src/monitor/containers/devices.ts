import fs from 'node:fs';
import path from 'node:path';

/**
 * Names of block devices by their numbers, as the kernel of this host knows them. A host has few, and none changes its
 * name; a number that is not known here (the daemon may be on another host's kernel) stands for itself: `8:0`.
 */
export function createDeviceNames(
  sysfs = '/sys/dev/block',
): (major: number, minor: number) => string {
  const known = new Map<string, string>();
  return (major, minor) => {
    const number = `${major}:${minor}`;
    const name = known.get(number) ?? nameOf(path.join(sysfs, number)) ?? number;
    if (known.size < MAX_KNOWN) known.set(number, name);
    return name;
  };
}

const MAX_KNOWN = 1_000;

function nameOf(link: string): string | undefined {
  try {
    return `/dev/${path.basename(fs.readlinkSync(link))}`;
  } catch {
    return undefined;
  }
}
