import { describe, expect, it } from 'vitest';
import { mustRun, type Outcome } from '../support/e2e/child.ts';
import { untilDaemonServes } from '../support/e2e/daemon-calls.ts';
import {
  background,
  docker,
  sameInTurn,
  startDocker,
  unique,
  untilSaid,
} from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE, type Cli, type Endpoint } from '../support/e2e/world.ts';

const ECHO = ['sh', '-c', 'while read line; do echo "got $line"; done; exit 5'];
const TRAP = ['sh', '-c', 'trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.05; done'];

endToEnd('attach joins a running container', (world) => {
  /** Attaches, and waits until the daemon has noticed. */
  async function attach(cli: Cli, endpoint: Endpoint, args: string[]) {
    const child = startDocker(cli, endpoint, ['attach', ...args], { stdin: 'open' });
    await untilDaemonServes(world.socket, 'postContainersAttach', 1);
    return child;
  }

  describe.each(world.clis)('docker $version', (cli) => {
    it('whose input it feeds and whose output it shows', async () => {
      const outcome = await sameInTurn(world, async (endpoint): Promise<Outcome> => {
        const name = await background(world, ECHO, ['-i']);
        const child = await attach(cli, endpoint, [name]);
        child.stdin.write('one\n');
        await child.waitFor(/got one/);
        child.stdin.write('two\n');
        await child.waitFor(/got two/);
        await docker(cli, endpoint, ['kill', name]);
        return child.outcome;
      });
      expect(outcome).toMatchObject({ code: 137, stdout: Buffer.from('got one\ngot two\n') });
    });

    it('and start -ai ends it with the end of its own input', async () => {
      const outcome = await sameInTurn(world, async (endpoint) => {
        const name = unique('attached');
        const create = ['create', '-i', '--network', 'none', '--name', name, IMAGE, ...ECHO];
        await mustRun(cli.path, create, { env: endpoint.env });
        return docker(cli, endpoint, ['start', '-ai', name], { stdin: { text: 'one\n' } });
      });
      expect(outcome).toMatchObject({ code: 5, stdout: Buffer.from('got one\n') });
    });

    it('which gets the signals sent to it', async () => {
      const outcome = await sameInTurn(world, async (endpoint) => {
        const name = await background(world, TRAP);
        // Before its trap is set, the first process of a container hears no SIGTERM at all.
        await untilSaid(world, name, /up/);
        const child = await attach(cli, endpoint, ['--no-stdin', name]);
        return child.end('SIGTERM');
      });
      expect(outcome).toMatchObject({ code: 7, stdout: Buffer.from('bye\n') });
    });
  });
});
