import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { docker, RUN, sameInTurn } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { IMAGE, type Cli } from '../support/e2e/world.ts';

const env = { DOCKER_BUILDKIT: '1' };
const BUILD = ['build', '--no-cache', '--network', 'none', '--progress', 'plain'];

endToEnd('BuildKit builds over its session', (world) => {
  const [good, bad] = [join(world.dir, 'kit-good'), join(world.dir, 'kit-bad')];
  const secret = join(world.dir, 'kit-secret');
  const clis = world.clis.filter(({ version }) => hasBuildKitItself(version));

  beforeAll(() => {
    writeContext(good, [
      'COPY data /data',
      'RUN --mount=type=secret,id=word sha256sum < /run/secrets/word > /sum',
    ]);
    writeContext(bad, ['RUN echo so far, so good; exit 7']);
    writeFileSync(secret, 'the secret word');
  });

  if (clis.length === 0) it.skip('no client here speaks to BuildKit itself: 23 and later do not');

  describe.each(clis)('docker $version', (cli: Cli) => {
    it('with a context and a secret that travel over it', async () => {
      const args = [...BUILD, '--secret', `id=word,src=${secret}`, '-t', 'kit', good];
      // The first build unpacks the base image and says so; the ones after it find it cached.
      await docker(cli, world.direct, args, { env });
      const outcome = await sameInTurn(
        world,
        (endpoint) => docker(cli, endpoint, args, { env }),
        maskBuild,
      );
      expect(outcome.code).toBe(0);
      const content = await docker(cli, world.direct, [...RUN, 'kit', 'cat', '/data', '/sum']);
      expect(content.stdout.toString()).toMatch(/^from the context\n[0-9a-f]{64} {2}-\n$/);
    });

    it('that fail hear their error', async () => {
      const outcome = await sameInTurn(
        world,
        (endpoint) => docker(cli, endpoint, [...BUILD, bad], { env }),
        maskBuild,
      );
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain('so far, so good\n');
      expect(outcome.stderr).toContain('exit code: 7\n');
    });
  });
});

/** Up to 20.10 the client speaks to BuildKit itself; later ones leave that to a plugin. */
function hasBuildKitItself(version: string): boolean {
  return Number.parseInt(version, 10) < 23;
}

function writeContext(dir: string, instructions: readonly string[]): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'Dockerfile'), [`FROM ${IMAGE}`, ...instructions, ''].join('\n'));
  writeFileSync(join(dir, 'data'), 'from the context\n');
}

/** Leaves the steps and the errors; which progress is reported, and when, differs every time. */
function maskBuild(text: string): string {
  const lines = text.split('\n').filter((line) => /\[|ERROR|failed|exit code/.test(line));
  const masked = lines.map((line) => line.replaceAll(/\b\d+(\.\d+)?s?\b/g, 'N'));
  return [...new Set(masked)].sort().join('\n');
}
