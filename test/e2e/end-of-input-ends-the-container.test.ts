import { beforeAll, describe, expect, it } from 'vitest';
import { background, docker, IDLE, RUN, sameOnBoth } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE } from '../support/e2e/world.ts';

endToEnd('the end of a client’s input reaches the container', (world) => {
  let name = '';
  beforeAll(async () => {
    name = await background(world, IDLE);
  });

  describe.concurrent.each(world.clis)('docker $version', (cli) => {
    it('run -i ends by itself when its input does', async () => {
      const outcome = await sameOnBoth(world, (endpoint) =>
        docker(cli, endpoint, [...RUN, '-i', IMAGE, 'cat'], { stdin: { text: 'abc' } }),
      );
      expect(outcome).toMatchObject({ code: 0, stdout: Buffer.from('abc'), stderr: '' });
    });

    it('exec -i ends by itself when its input does', async () => {
      const outcome = await sameOnBoth(world, (endpoint) =>
        docker(cli, endpoint, ['exec', '-i', name, 'cat'], { stdin: { text: 'abc' } }),
      );
      expect(outcome).toMatchObject({ code: 0, stdout: Buffer.from('abc'), stderr: '' });
    });

    it('an empty input is an end of input at once', async () => {
      const outcome = await sameOnBoth(world, (endpoint) =>
        docker(cli, endpoint, [...RUN, '-i', IMAGE, 'sh', '-c', 'cat; echo done'], {
          stdin: { text: '' },
        }),
      );
      expect(outcome).toMatchObject({ code: 0, stdout: Buffer.from('done\n'), stderr: '' });
    });
  });
});
