import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrivateDockerd } from '../private-dockerd.ts';
import { Child, mustRun, type ChildOptions } from './child.ts';
import { importBusybox } from './busybox.ts';
import { IMAGE } from './world.ts';

/** The daemon's usual socket there. */
export const SOCKET = '/var/run/docker.sock';
/** The socket that lies in a directory of its own. */
export const OWN_SOCKET = '/run/dockgate-docker/docker.sock';

/** The resolver that slirp4netns puts into the network. */
const RESOLVER = '10.0.2.3';

/**
 * What looks like another host: a network, /run and /etc/hosts of its own, and a real dockerd with its usual socket,
 * bridge, firewall rules and published ports. It gets out through slirp4netns, as rootless Docker does, so nothing of
 * this machine's network is changed. Its containers outlive a restart of the daemon (live restore).
 */
export class ContainerHost {
  readonly daemon: PrivateDockerd;
  readonly #namespaces: readonly string[];
  readonly #processes: readonly Child[];

  private constructor(namespaces: readonly string[], processes: readonly Child[]) {
    this.#namespaces = namespaces;
    this.#processes = processes;
    const network = ['--bridge=docker0', '--iptables=true', `--dns=${RESOLVER}`];
    const sockets = [SOCKET, OWN_SOCKET].flatMap((path) => ['-H', `unix://${path}`]);
    const flags = [...network, ...sockets, '--live-restore'];
    this.daemon = new PrivateDockerd(flags, true, namespaces);
  }

  /** @param name that the host has in its own /etc/hosts. */
  static async start(name: string): Promise<ContainerHost> {
    const script = join(import.meta.dirname, 'container-host.sh');
    const directories = ['/run/dockgate-docker'];
    const becoming = ['--net', '--mount', 'bash', script, name, ...directories];
    const holder = new Child('unshare', becoming);
    await holder.waitFor(/ready/);
    const pid = String(holder.pid);
    const slirp = new Child('slirp4netns', [
      ...['--configure', '--mtu=65520', '--disable-host-loopback', '--ready-fd=1', pid, 'tap0'],
    ]);
    await slirp.waitFor(/1/);
    const namespaces = ['nsenter', '--target', pid, '--net', '--mount'];
    const host = new ContainerHost(namespaces, [slirp, holder]);
    await host.daemon.start();
    await importBusybox('docker', { DOCKER_HOST: `unix://${host.daemon.socket}` }, IMAGE);
    return host;
  }

  /** Starts a command there. */
  start(command: readonly string[], options: ChildOptions = {}): Child {
    const [program = 'nsenter', ...enter] = this.#namespaces;
    const { cwd = '/' } = options;
    return new Child(program, [...enter, `--wd=${cwd}`, ...command], options);
  }

  /** Ends everything that runs there, and removes it. */
  async remove(): Promise<void> {
    const env = { DOCKER_HOST: `unix://${this.daemon.socket}`, PATH: '/usr/bin:/bin' };
    const ids = (await mustRun('docker', ['ps', '--all', '--quiet'], { env })).split('\n');
    const left = ids.filter((id) => id !== '');
    if (left.length > 0) await mustRun('docker', ['rm', '--force', ...left], { env });
    await this.daemon.stop();
    for (const child of this.#processes) await child.end('SIGKILL');
    await this.daemon.remove();
  }
}

/** The image that a Dockerfile builds on, by its `ARG NODE_IMAGE=`. */
export function baseImageOf(dockerfile: string): string {
  const name = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(dockerfile, 'utf8'))?.[1];
  if (name === undefined) throw new Error(`no ARG NODE_IMAGE in ${dockerfile}`);
  return name;
}
