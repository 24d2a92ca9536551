import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importDirectory } from '../support/e2e/busybox.ts';
import { mustRun } from '../support/e2e/child.ts';
import { docker, sameInTurn } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';

const SIZE = 200 * 1024 * 1024;
const TAG = 'big:image';

endToEnd('save and load carry 200 MB unchanged', (world) => {
  const saved = join(world.dir, 'saved.tar');
  const cli = world.clis[0];
  let expected = '';
  const ask = (args: string[]): Promise<string> =>
    mustRun(cli.path, args, { env: world.direct.env });

  beforeAll(async () => {
    const root = join(world.dir, 'big');
    mkdirSync(root);
    writeFileSync(join(root, 'random'), randomBytes(SIZE));
    await importDirectory(cli.path, world.direct.env, root, TAG);
    rmSync(root, { recursive: true });
    await ask(['save', '--output', saved, TAG]);
    expected = await checksum(saved);
  });
  afterAll(async () => {
    rmSync(saved, { force: true });
    await ask(['rmi', TAG]);
  });

  describe.each(world.clis)('docker $version', (client) => {
    it('save', async () => {
      await mustRun(client.path, ['save', '--output', saved, TAG], { env: world.front.env });
      expect(await checksum(saved)).toBe(expected);
    });

    it('load', async () => {
      const id = await ask(['image', 'inspect', '--format', '{{.Id}}', TAG]);
      const outcome = await sameInTurn(world, async (endpoint) => {
        await ask(['rmi', TAG]);
        return docker(client, endpoint, ['load'], { stdin: { file: saved } });
      });
      expect(outcome).toMatchObject({ code: 0, stdout: Buffer.from(`Loaded image: ${TAG}\n`) });
      expect(await ask(['image', 'inspect', '--format', '{{.Id}}', TAG])).toBe(id);
    });
  });
});

async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
