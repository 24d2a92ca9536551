import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importDirectory } from '../support/e2e/busybox.ts';
import { mustRun } from '../support/e2e/child.ts';
import { docker, maskIds, sameInTurn } from '../support/e2e/docker.ts';
import { Registry } from '../support/e2e/registry.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { Terminal } from '../support/e2e/terminal.ts';

const SIZE = 20 * 1024 * 1024;
const SIZE_ON_SCREEN = { rows: 40, columns: 200 };

endToEnd('push and pull', (world) => {
  let registry: Registry;
  const ask = (args: string[]): Promise<string> =>
    mustRun(world.clis[0].path, args, { env: world.direct.env });
  // The daemon drops reports of progress when it is busy; these are too short to be seen always.
  const maskRegistry = (text: string): string =>
    maskIds(text.replaceAll(registry.address, 'REGISTRY'))
      .replaceAll(/\w+\/pushed/g, 'REPOSITORY')
      .replaceAll(/^ID: (Verifying Checksum|Download complete)\n/gm, '');

  /** A repository of its own for every push, and an image in it that no registry knows. */
  async function newImage(repository: string): Promise<string> {
    const root = join(world.dir, repository);
    mkdirSync(root);
    writeFileSync(join(root, 'random'), randomBytes(SIZE));
    const tag = `${registry.address}/${repository}/pushed:latest`;
    await importDirectory(world.clis[0].path, world.direct.env, root, tag);
    return tag;
  }

  beforeAll(async () => {
    registry = await Registry.start();
  });
  afterAll(async () => {
    await registry.stop();
  });

  describe.each(world.clis.map((cli, n) => ({ ...cli, n })))('docker $version', (cli) => {
    it('say the same as on the socket', async () => {
      let count = 0;
      const tags: string[] = [];
      const pushed = await sameInTurn(
        world,
        async (endpoint) => {
          const tag = await newImage(`said${cli.n}${count++}`);
          tags.push(tag);
          return docker(cli, endpoint, ['push', tag]);
        },
        maskRegistry,
      );
      expect(pushed.stdout.toString()).toMatch(/: Pushed\n/);
      const pulled = await sameInTurn(
        world,
        async (endpoint) => {
          const tag = endpoint === world.direct ? tags[0] : tags[1];
          await ask(['rmi', tag ?? '']);
          return docker(cli, endpoint, ['pull', tag ?? '']);
        },
        maskRegistry,
      );
      expect(pulled.stdout.toString()).toContain('Status: Downloaded newer image');
    });

    it('show progress while they go on', async () => {
      const tag = await newImage(`shown${cli.n}`);
      const push = new Terminal(cli, world.front, SIZE_ON_SCREEN, ['push', tag]);
      await push.waitFor(/Pushing +\[=*>? *\].*Pushed/s);
      expect((await push.outcome).code).toBe(0);
      await ask(['rmi', tag]);
      const pull = new Terminal(cli, world.front, SIZE_ON_SCREEN, ['pull', tag]);
      // What comes over the loopback interface may be too quick for a report; unpacking it is not.
      await pull.waitFor(/(Downloading|Extracting) +\[=*>? *\].*Pull complete/s);
      expect((await pull.outcome).code).toBe(0);
    });

    it('of an image that is not there fail with the registry’s own words', async () => {
      const outcome = await sameInTurn(world, (endpoint) =>
        docker(cli, endpoint, ['pull', `${registry.address}/none:latest`]),
      );
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain('manifest unknown');
    });
  });
});
