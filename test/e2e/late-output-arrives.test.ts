import { beforeAll, describe, expect, it } from 'vitest';
import { background, docker, IDLE, RUN, sameOnBoth } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE } from '../support/e2e/world.ts';

const LATE = ['sh', '-c', 'cat; sleep 0.5; echo late; echo error >&2'];

endToEnd('output produced after the end of the client’s input arrives', (world) => {
  let name = '';
  beforeAll(async () => {
    name = await background(world, IDLE);
  });

  describe.concurrent.each(world.clis)('docker $version', (cli) => {
    it('of run -i', async () => {
      const outcome = await sameOnBoth(world, (endpoint) =>
        docker(cli, endpoint, [...RUN, '-i', IMAGE, ...LATE], { stdin: { text: 'abc\n' } }),
      );
      expect(outcome).toMatchObject({ code: 0, stdout: Buffer.from('abc\nlate\n') });
      expect(outcome.stderr).toBe('error\n');
    });

    it('of exec -i', async () => {
      const outcome = await sameOnBoth(world, (endpoint) =>
        docker(cli, endpoint, ['exec', '-i', name, ...LATE], { stdin: { text: 'abc\n' } }),
      );
      expect(outcome).toMatchObject({ code: 0, stdout: Buffer.from('abc\nlate\n') });
      expect(outcome.stderr).toBe('error\n');
    });

    it('of a run that reads no input', async () => {
      const outcome = await sameOnBoth(world, (endpoint) =>
        docker(cli, endpoint, [...RUN, IMAGE, ...LATE]),
      );
      expect(outcome).toMatchObject({ code: 0, stdout: Buffer.from('late\n') });
    });
  });
});
