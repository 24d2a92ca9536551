import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../support/e2e/child.ts';
import { background, docker, IDLE } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import type { Cli } from '../support/e2e/world.ts';

const NUMBERS = Array.from({ length: 100 }, (_, n) => n);

endToEnd('a hundred execs at once', (world) => {
  let name = '';
  beforeAll(async () => {
    name = await background(world, IDLE);
  });

  const exec = (cli: Cli, n: number): Promise<Outcome> => {
    const script = `cat; exit ${n}`;
    const args = ['exec', '-i', name, 'sh', '-c', script];
    return docker(cli, world.front, args, { stdin: { text: `input of ${n}` } });
  };

  describe.each(world.clis.slice(-1))('docker $version', (cli) => {
    it('each get their own input, output and exit code', async () => {
      const outcomes = await Promise.all(NUMBERS.map((n) => exec(cli, n)));
      const got = outcomes.map(({ code, stdout, stderr }) => [code, stdout.toString(), stderr]);
      expect(got).toEqual(NUMBERS.map((n) => [n, `input of ${n}`, '']));
    });
  });
});
