import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { run } from '../support/e2e/child.ts';
import { sameInTurn } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE } from '../support/e2e/world.ts';

const PROJECT = `version: '2.4'
services:
  one:
    image: ${IMAGE}
    command: sleep 1000
    network_mode: none
    stop_signal: SIGKILL
  two:
    image: ${IMAGE}
    command: sh -c 'echo two is here; sleep 1000'
    network_mode: none
    stop_signal: SIGKILL
    depends_on: [one]
`;

endToEnd('docker-compose', (world) => {
  const dir = join(world.dir, 'composed');
  beforeAll(() => {
    mkdirSync(dir);
    writeFileSync(join(dir, 'docker-compose.yml'), PROJECT);
  });

  it.each([
    ['brings a project up', ['up', '--detach']],
    ['shows its logs', ['logs', 'two']],
    ['executes in it', ['exec', '-T', 'one', 'echo', 'executed']],
    ['takes it down', ['down']],
  ])('%s', async (what, args) => {
    const outcome = await sameInTurn(
      world,
      async ({ name, env }) => {
        // A project for each way to the daemon, under names of the same length.
        const project = name === world.direct.name ? 'aaa' : 'bbb';
        return run('docker-compose', ['--project-name', project, ...args], { env, cwd: dir });
      },
      (text) =>
        text
          .replaceAll('bbb', 'aaa')
          .split(/[\r\n]+/)
          .sort()
          .join('\n'),
    );
    expect(outcome.code, what).toBe(0);
  });
});
