import fs from 'node:fs';
import path from 'node:path';
import type { Front } from './fronts.ts';
import { freePort, Measured, run } from './process.ts';
import type { World } from './world.ts';

/** A real daemon with its own TLS, and a container in it that sleeps. */
export interface Daemon {
  readonly socket: string;
  /** The daemon itself, as `dockerd --tlsverify`. */
  readonly front: Front;
  readonly container: string;
  readonly stop: () => Promise<void>;
}

/** Starts dockerd on a unix socket and, with the certificates of the world, on TCP: a peer and an upstream in one. */
export async function startDaemon(world: World): Promise<Daemon> {
  const dir = path.join(world.dir, 'dockerd');
  fs.mkdirSync(dir);
  const socket = path.join(dir, 'docker.sock');
  const port = await freePort();
  const cert = (name: string): string => path.join(world.certs, name);
  const daemon = new Measured('dockerd', [
    ...['--data-root', path.join(dir, 'data'), '--exec-root', path.join(dir, 'exec')],
    ...['--pidfile', path.join(dir, 'pid'), '--bridge=none', '--iptables=false'],
    ...['-H', `unix://${socket}`, '-H', `tcp://127.0.0.1:${port}`, '--tlsverify'],
    ...['--tlscacert', cert('ca.pem'), '--tlscert', cert('server-cert.pem')],
    ...['--tlskey', cert('server-key.pem')],
  ]);
  await daemon.says(/API listen on \/.*docker\.sock/);
  await daemon.accepts(port);
  const docker = (...args: string[]): string =>
    run('docker', args, { env: { DOCKER_HOST: `unix://${socket}` } }).trim();
  importBusybox(world, docker);
  const options = ['--detach', '--network', 'none', '--init=false'];
  const container = docker('run', ...options, 'busybox', 'sleep', '1000000');
  // So that a list has some length.
  for (let at = 0; at < 10; at += 1) docker('create', '--network', 'none', 'busybox', 'true');
  return {
    socket,
    front: { name: 'dockerd TLS', address: `127.0.0.1:${port}`, process: daemon },
    container,
    stop: async () => {
      docker('rm', '--force', container);
      await daemon.stop();
      run('sh', ['-c', `umount --lazy ${dir}/data/*/merged ${dir}/exec/netns/* 2>/dev/null; true`]);
    },
  };
}

/** An image of Debian's static busybox; nothing is pulled. */
function importBusybox(world: World, docker: (...args: string[]) => string): void {
  const root = path.join(world.dir, 'busybox');
  fs.mkdirSync(path.join(root, 'bin'), { recursive: true });
  fs.copyFileSync('/bin/busybox', path.join(root, 'bin', 'busybox'));
  for (const applet of ['sh', 'cat', 'head', 'sleep', 'true']) {
    fs.symlinkSync('busybox', path.join(root, 'bin', applet));
  }
  const archive = `${root}.tar`;
  run('tar', ['-C', root, '-c', '-f', archive, '.']);
  docker('import', '--change', 'ENV PATH=/bin', archive, 'busybox');
}
