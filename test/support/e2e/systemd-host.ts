import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { importDirectory } from './busybox.ts';
import { mustRun, run, type Outcome } from './child.ts';
import type { World } from './world.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const SYSTEMD = '/lib/systemd/systemd';
const IMAGE = 'systemd:dockgate';
/** Where dockgate is in the container, for root alone to change. */
const APP = '/opt/dockgate';

/** Why no such host can be made here, or undefined when one can. */
export function whyNoSystemd(): string | undefined {
  return existsSync(SYSTEMD) ? undefined : `${SYSTEMD} is missing (Debian: systemd)`;
}

/**
 * A host in a container, with systemd as its first process and dockgate beside it. Its programs are this machine's own
 * /usr; the daemon is the one of all tests, and its socket has the group `docker` there.
 */
export class SystemdHost {
  readonly #world: World;
  readonly name: string;

  private constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  static async start(world: World): Promise<SystemdHost> {
    const dir = mkdtempSync(join(world.dir, 'systemd-'));
    const host = new SystemdHost(world, `dockgate-systemd-${process.pid}`);
    await host.#docker('version');
    await importDirectory(world.clis[0].path, world.direct.env, rootOf(dir, world.socket), IMAGE);
    await host.#docker(
      ...['run', '--detach', '--name', host.name, ...privileges(), '--network=none'],
      ...['--tmpfs=/run', '--tmpfs=/tmp', '--env=container=docker', `--env=PATH=${PATH}`],
      ...['--volume=/usr:/usr:ro', ...nodeVolume(), `--volume=${appOf(dir)}:${APP}:ro`],
      ...[`--volume=${world.socket}:/run/docker.sock`, IMAGE, '/init.sh', host.name],
    );
    await host.until('it has booted', async () => {
      const { stdout } = await host.run('systemctl', 'is-system-running');
      return stdout.toString().trim() === 'running';
    });
    return host;
  }

  /** Runs a command in it, as root. */
  run(...command: string[]): Promise<Outcome> {
    const { clis, direct } = this.#world;
    return run(clis[0].path, ['exec', this.name, ...command], { env: direct.env });
  }

  /** @returns what it printed. @throws where it fails. */
  async must(...command: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...command);
    if (code !== 0)
      throw new Error(`${command.join(' ')}: ${code}\n${stderr}${await this.#said()}`);
    return stdout.toString();
  }

  dockgate(...args: string[]): Promise<Outcome> {
    return this.run(process.execPath, `${APP}/dist/main.js`, ...args);
  }

  /** Looks again and again; the limit of the test is the limit of its patience. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const start = performance.now();
    while (!(await isSo())) {
      if (performance.now() - start > 60_000) {
        throw new Error(`not within a minute: ${what}\n${await this.#said()}`);
      }
      await pause(100);
    }
  }

  async remove(): Promise<void> {
    await this.#docker('rm', '--force', this.name);
    removeGroups(join('/sys/fs/cgroup/unified', this.name));
  }

  async #said(): Promise<string> {
    const journal = await this.run('journalctl', '--no-pager', '--lines=40', '--output=cat');
    return `${await this.#docker('logs', '--tail=20', this.name)}\n${journal.stdout.toString()}`;
  }

  #docker(...args: string[]): Promise<string> {
    const { clis, direct } = this.#world;
    return mustRun(clis[0].path, args, { env: direct.env });
  }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin';

/** What the container is made of, besides /usr. */
function rootOf(dir: string, socket: string): string {
  const root = join(dir, 'root');
  for (const name of ['etc/ssl', 'proc', 'sys', 'dev', 'tmp', 'run', 'var', 'usr', 'root', 'opt']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  copyFileSync('/etc/ld.so.cache', join(root, 'etc/ld.so.cache'));
  const write = (name: string, text: string): void => {
    writeFileSync(join(root, 'etc', name), text);
  };
  write('passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n');
  write('group', `root:x:0:\ndocker:x:${groupOf(socket)}:\nnogroup:x:65534:\n`);
  write('nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n');
  // A machine that has been started before: nothing is enabled by itself.
  write('machine-id', '0123456789abcdef0123456789abcdef\n');
  copyFileSync(join(import.meta.dirname, 'systemd-init.sh'), join(root, 'init.sh'));
  chmodSync(join(root, 'init.sh'), 0o755);
  return root;
}

/** The group of the daemon's socket; one is given to it where it has none of its own. */
function groupOf(socket: string): number {
  const { uid, gid } = statSync(socket);
  if (gid !== 0) return gid;
  chownSync(socket, uid, OWN_GROUP);
  return OWN_GROUP;
}

const OWN_GROUP = 4242;

/** A copy of what a package holds, for root alone to change. */
function appOf(dir: string): string {
  const app = join(dir, 'app');
  mkdirSync(app, { mode: 0o755 });
  for (const name of ['dist', 'packaging', 'docs', 'package.json']) {
    cpSync(join(REPOSITORY, name), join(app, name), { recursive: true });
  }
  return app;
}

/** Node.js where it is not below /usr. */
function nodeVolume(): string[] {
  const prefix = dirname(dirname(process.execPath));
  return prefix.startsWith('/usr') ? [] : [`--volume=${prefix}:${prefix}:ro`];
}

const CAPABILITIES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'],
  ...['SETPCAP', 'LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW'],
  ...['IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT'],
  ...['SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD'],
  ...['LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP'],
];

/** As --privileged, but for capabilities that this machine itself has not got: with one of them, it does not start. */
function privileges(): string[] {
  const [, hex = '0'] =
    /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const held = BigInt(`0x${hex}`);
  return [
    ...CAPABILITIES.filter((_name, bit) => (held >> BigInt(bit)) & 1n).map(
      (name) => `--cap-add=${name}`,
    ),
    ...['seccomp', 'apparmor', 'systempaths'].map((name) => `--security-opt=${name}=unconfined`),
    '--cgroupns=private',
  ];
}

/** Removes groups of processes that are gone, innermost first. */
function removeGroups(dir: string): void {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroups(join(dir, entry.name));
  }
  rmdirSync(dir);
}
