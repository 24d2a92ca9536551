import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { background, docker, IDLE, sameInTurn, sha256 } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';

const SIZE = 50 * 1024 * 1024;

endToEnd('exec -i carries 50 MB unchanged', (world) => {
  const file = join(world.dir, 'fifty-megabytes');
  let [name, checksum] = ['', ''];

  beforeAll(async () => {
    const data = randomBytes(SIZE);
    writeFileSync(file, data);
    checksum = sha256(data);
    name = await background(world, IDLE);
  });

  describe.each(world.clis)('docker $version', (cli) => {
    it('into the container', async () => {
      const outcome = await sameInTurn(world, (endpoint) =>
        docker(cli, endpoint, ['exec', '-i', name, 'sha256sum'], { stdin: { file } }),
      );
      expect(outcome.stdout.toString()).toBe(`${checksum}  -\n`);
    });

    it('into the container and back at the same time', async () => {
      const outcome = await sameInTurn(world, (endpoint) =>
        docker(cli, endpoint, ['exec', '-i', name, 'cat'], { stdin: { file } }),
      );
      expect(sha256(outcome.stdout)).toBe(checksum);
    });

    it('out of the container', async () => {
      const put = ['exec', '-i', name, 'sh', '-c', 'cat > /tmp/data'];
      await docker(cli, world.direct, put, { stdin: { file } });
      const outcome = await sameInTurn(world, (endpoint) =>
        docker(cli, endpoint, ['exec', name, 'cat', '/tmp/data']),
      );
      expect(sha256(outcome.stdout)).toBe(checksum);
    });
  });
});
