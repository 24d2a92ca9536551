import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A file that a Debian package brings, and the package. */
const NEEDED = [
  ['/usr/sbin/nginx', 'nginx-light'],
  ['/usr/sbin/haproxy', 'haproxy'],
  ['/usr/bin/stunnel4', 'stunnel4'],
  ['/usr/bin/caddy', 'caddy'],
  ['/usr/sbin/sshd', 'openssh-server'],
  ['/usr/bin/ssh', 'openssh-client'],
  ['/usr/bin/go', 'golang-go'],
  ['/usr/sbin/dockerd', 'docker.io'],
  ['/usr/sbin/iptables', 'iptables'],
  ['/bin/busybox', 'busybox-static'],
] as const;

/** Installs what is missing. Nothing that is installed is started: every front of the comparison is our own process. */
export function installPeers(): void {
  const missing = NEEDED.filter(([file]) => !existsSync(file)).map(([, name]) => name);
  if (missing.length === 0) return;
  // In run level 1 Debian's packages start no service (invoke-rc.d(8)).
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const run = (...args: string[]): void => {
    const { status } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed; it needs root and Debian`);
  };
  run('update');
  run('install', '--yes', '--no-install-recommends', ...missing);
}
