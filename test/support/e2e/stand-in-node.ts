import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { BUSYBOX, importDirectory } from './busybox.ts';
import { mustRun } from './child.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Makes an image that stands in for the official one of Node.js where none can be pulled: this machine's node with
 * the libraries that it needs, its npm, a busybox for the rest, and the user `node`. npm finds its registry as on this
 * machine; credentials are not taken along.
 *
 * @param env of a docker client.
 */
export async function importStandInNode(
  docker: string,
  env: Readonly<Record<string, string>>,
  tag: string,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'dockgate-stand-in-'));
  try {
    chmodSync(root, 0o755);
    await putSystem(root);
    await putNode(root);
    await putNpm(root);
    await importDirectory(docker, env, root, tag, PATH);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function putSystem(root: string): Promise<void> {
  for (const dir of ['bin', 'usr/bin', 'usr/local/bin', 'etc', 'proc', 'dev', 'run', 'var', 'root'])
    mkdirSync(join(root, dir), { recursive: true });
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
  symlinkSync('/run', join(root, 'var/run'));
  copyFileSync(BUSYBOX, join(root, 'bin/busybox'));
  const applets = (await mustRun(BUSYBOX, ['--list'])).split('\n');
  for (const applet of applets.filter((name) => name !== '' && name !== 'busybox')) {
    symlinkSync('busybox', join(root, 'bin', applet));
  }
  // Shebangs name it here.
  symlinkSync('/bin/env', join(root, 'usr/bin/env'));
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
}

/** node, and every library that the loader would map for it, where it looks for them. */
async function putNode(root: string): Promise<void> {
  const node = realpathSync(process.execPath);
  copyFileSync(node, join(root, 'usr/local/bin/node'));
  const { stdout } = { stdout: await mustRun('ldd', [node]) };
  const libraries = [...stdout.matchAll(/\/\S+/g)].map(([library]) => library);
  for (const library of [...libraries, ...libraries.flatMap(restOfLibc)]) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
}

/** Packages with native code that `npm ci` brings may want what node does not, and every Debian has. */
function restOfLibc(library: string): string[] {
  return basename(library) === 'libc.so.6' ? [join(dirname(library), 'librt.so.1')] : [];
}

async function putNpm(root: string): Promise<void> {
  const global = (await mustRun('npm', ['root', '--global'])).trim();
  const modules = join(root, 'usr/local/lib/node_modules');
  cpSync(join(global, 'npm'), join(modules, 'npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  mkdirSync(join(root, 'usr/local/etc'));
  writeFileSync(join(root, 'usr/local/etc/npmrc'), await npmSettings(root));
}

/** How npm reaches its registry from here. */
async function npmSettings(root: string): Promise<string> {
  const ask = async (name: string): Promise<string | undefined> => {
    const value = (await mustRun('npm', ['config', 'get', name])).trim();
    return ['null', 'undefined', ''].includes(value) ? undefined : value;
  };
  const lines = ['update-notifier=false'];
  for (const name of ['registry', 'proxy', 'https-proxy', 'noproxy']) {
    const value = await ask(name);
    if (value !== undefined) lines.push(`${name}=${value}`);
  }
  const authorities = (await ask('cafile')) ?? process.env['NODE_EXTRA_CA_CERTS'];
  if (authorities !== undefined) {
    copyFileSync(resolve(authorities), join(root, 'etc/npm-ca.pem'));
    lines.push('cafile=/etc/npm-ca.pem');
  }
  return `${lines.join('\n')}\n`;
}
