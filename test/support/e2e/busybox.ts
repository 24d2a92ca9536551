import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from './child.ts';

/** Where Debian's busybox-static puts its one binary. */
export const BUSYBOX = '/bin/busybox';

/** Why no image can be made here, or undefined when one can. */
export function whyNoBusybox(): string | undefined {
  return existsSync(BUSYBOX) ? undefined : `${BUSYBOX} is missing (Debian: busybox-static)`;
}

/** Makes an image of a static busybox under `tag`: nothing has to be pulled. */
export async function importBusybox(
  docker: string,
  env: Readonly<Record<string, string>>,
  tag: string,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'dockgate-busybox-'));
  try {
    const bin = join(root, 'bin');
    for (const dir of ['bin', 'etc', 'tmp', 'proc', 'dev']) mkdirSync(join(root, dir));
    copyFileSync(BUSYBOX, join(bin, 'busybox'));
    const applets = (await mustRun(BUSYBOX, ['--list'])).split('\n');
    for (const applet of applets.filter((name) => name !== '' && name !== 'busybox')) {
      symlinkSync('busybox', join(bin, applet));
    }
    await importDirectory(docker, env, root, tag);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Makes an image of what `root` holds; its only layer is that directory. @param path where its programs are. */
export async function importDirectory(
  docker: string,
  env: Readonly<Record<string, string>>,
  root: string,
  tag: string,
  path = '/bin',
): Promise<void> {
  const archive = `${root}.tar`;
  try {
    await mustRun('tar', ['--create', '--directory', root, '--file', archive, '.']);
    await mustRun(docker, ['import', '--change', `ENV PATH=${path}`, archive, tag], { env });
  } finally {
    rmSync(archive, { force: true });
  }
}
