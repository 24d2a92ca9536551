import fs from 'node:fs';
import path from 'node:path';
import { freePort, Measured, run } from './process.ts';
import type { World } from './world.ts';

/** An sshd of our own on loopback, and what makes `docker -H ssh://` go there. */
export interface Ssh {
  readonly version: string;
  /** For the docker CLI. */
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** @param socket the daemon's, for `docker system dial-stdio` on the other side. */
export async function startSsh(world: World, socket: string): Promise<Ssh> {
  const dir = path.join(world.dir, 'ssh');
  fs.mkdirSync(path.join(dir, 'bin'), { recursive: true });
  fs.mkdirSync('/run/sshd', { recursive: true });
  const port = await freePort();
  for (const key of ['host', 'user']) {
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(dir, key)]);
  }
  fs.writeFileSync(
    path.join(dir, 'sshd_config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${dir}/host
AuthorizedKeysFile ${dir}/user.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
SetEnv DOCKER_HOST=unix://${socket}
`,
  );
  fs.writeFileSync(
    path.join(dir, 'known_hosts'),
    `[127.0.0.1]:${port} ${fs.readFileSync(path.join(dir, 'host.pub'), 'utf8')}`,
  );
  fs.writeFileSync(
    path.join(dir, 'ssh_config'),
    `IdentityFile ${dir}/user\nIdentitiesOnly yes\nUserKnownHostsFile ${dir}/known_hosts\n`,
  );
  // The CLI runs the ssh that it finds, which would read root's own configuration.
  const wrapper = path.join(dir, 'bin', 'ssh');
  fs.writeFileSync(wrapper, `#!/bin/sh\nexec /usr/bin/ssh -F ${dir}/ssh_config "$@"\n`);
  fs.chmodSync(wrapper, 0o755);
  const sshd = new Measured('/usr/sbin/sshd', ['-D', '-e', '-f', path.join(dir, 'sshd_config')]);
  await sshd.accepts(port);
  return {
    version: run('sh', ['-c', 'ssh -V 2>&1']).trim(),
    env: {
      DOCKER_HOST: `ssh://root@127.0.0.1:${port}`,
      PATH: `${path.join(dir, 'bin')}:${process.env['PATH'] ?? ''}`,
    },
    stop: () => sshd.stop(),
  };
}
