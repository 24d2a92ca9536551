import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { docker, maskIds, RUN, sameInTurn } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE, type World } from '../support/e2e/world.ts';

const env = { DOCKER_BUILDKIT: '0' };
const BUILD = ['build', '--no-cache', '--network', 'none'];

endToEnd('the classic build', (world) => {
  const [good, bad] = [join(world.dir, 'classic-good'), join(world.dir, 'classic-bad')];

  beforeAll(() => {
    writeContext(good, 'ARG GREETING\nCOPY data /data\nRUN echo "$GREETING" > /greeting');
    writeContext(bad, 'RUN echo so far, so good; exit 7');
  });

  describe.each(world.clis)('docker $version', (cli) => {
    it('builds what the context and the arguments say', async () => {
      const args = [...BUILD, '--build-arg', 'GREETING=hello', '-t', 'classic', good];
      const outcome = await sameInTurn(
        world,
        (endpoint) => docker(cli, endpoint, args, { env }),
        maskIds,
      );
      expect(outcome.code).toBe(0);
      expect(await contentOf(world, 'classic')).toBe('from the context\nhello\n');
    });

    it('takes a context from standard input', async () => {
      const outcome = await sameInTurn(
        world,
        (endpoint) =>
          docker(cli, endpoint, [...BUILD, '-'], {
            env,
            stdin: { text: `FROM ${IMAGE}\nRUN echo built from a pipe\n` },
          }),
        maskIds,
      );
      expect(outcome.code).toBe(0);
      expect(outcome.stdout.toString()).toContain('built from a pipe\n');
    });

    it('that fails hears its error and the exit code', async () => {
      const outcome = await sameInTurn(
        world,
        (endpoint) => docker(cli, endpoint, [...BUILD, bad], { env }),
        maskIds,
      );
      expect(outcome.code).toBe(7);
      expect(outcome.stdout.toString()).toContain('so far, so good\n');
      expect(outcome.stderr).toContain('returned a non-zero code: 7\n');
    });
  });
});

function writeContext(dir: string, instructions: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'Dockerfile'), `FROM ${IMAGE}\n${instructions}\n`);
  writeFileSync(join(dir, 'data'), 'from the context\n');
}

async function contentOf(world: World, image: string): Promise<string> {
  const args = [...RUN, image, 'cat', '/data', '/greeting'];
  return (await docker(world.clis[0], world.direct, args)).stdout.toString();
}
