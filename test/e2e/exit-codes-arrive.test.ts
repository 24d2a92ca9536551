import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../support/e2e/child.ts';
import {
  background,
  docker,
  IDLE,
  RUN,
  sameInTurn,
  sameOnBoth,
  startDocker,
  unique,
} from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE, type Endpoint } from '../support/e2e/world.ts';

const RUN_CASES: [code: number, what: string, args: string[]][] = [
  [0, 'a command that succeeds', [...RUN, IMAGE, 'true']],
  [3, 'a command that fails', [...RUN, IMAGE, 'sh', '-c', 'exit 3']],
  [125, 'an image that is not there', [...RUN, 'no-such-image']],
  [126, 'a command that cannot be executed', [...RUN, IMAGE, '/etc']],
  [127, 'a command that is not there', [...RUN, IMAGE, 'no-such-command']],
];
const EXEC_CASES: [code: number, what: string, args: string[]][] = [
  [0, 'a command that succeeds', ['true']],
  [3, 'a command that fails', ['sh', '-c', 'exit 3']],
  [126, 'a command that cannot be executed', ['/etc']],
  [137, 'a command that is killed', ['sh', '-c', 'kill -9 $$']],
];

endToEnd('exit codes are those of the container', (world) => {
  let name = '';
  beforeAll(async () => {
    name = await background(world, IDLE);
  });

  describe.concurrent.each(world.clis)('docker $version', (cli) => {
    it.each(RUN_CASES)('run gives %i for %s', async (code, _what, args) => {
      const command = (endpoint: Endpoint): Promise<Outcome> => docker(cli, endpoint, args);
      const outcome = await sameOnBoth(world, command, withoutRacyLine);
      expect(outcome.code).toBe(code);
    });

    it.each(EXEC_CASES)('exec gives %i for %s', async (code, _what, command) => {
      const outcome = await sameOnBoth(world, (endpoint) =>
        docker(cli, endpoint, ['exec', name, ...command]),
      );
      expect(outcome.code).toBe(code);
    });

    it('run gives 137 for a container that is killed', async () => {
      const name = unique('killed');
      const command = ['sh', '-c', 'echo up; sleep 1000'];
      const outcome = await sameInTurn(world, async (endpoint) => {
        const child = startDocker(cli, endpoint, [...RUN, '--name', name, IMAGE, ...command]);
        await child.waitFor(/up/);
        await docker(cli, endpoint, ['kill', name]);
        return child.outcome;
      });
      expect(outcome.code).toBe(137);
    });

    it('run passes a signal on and gives the code that the container answers it with', async () => {
      const script = 'trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.05; done';
      const outcome = await sameOnBoth(world, async (endpoint) => {
        const child = startDocker(cli, endpoint, [...RUN, IMAGE, 'sh', '-c', script]);
        await child.waitFor(/up/);
        return child.end('SIGTERM');
      });
      expect(outcome).toMatchObject({ code: 7, stdout: Buffer.from('up\nbye\n') });
    });
  });
});

/** Client 20.10 adds this line when it notices the failed start before it gives up waiting. */
function withoutRacyLine(text: string): string {
  return text.replace(/^time=.* msg="error waiting for container: context canceled"\n/m, '');
}
