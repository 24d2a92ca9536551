import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { background, docker, IDLE, sameInTurn, sha256 } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';

const SIZE = 10 * 1024 * 1024;

endToEnd('cp carries files both ways', (world) => {
  const tree = join(world.dir, 'tree');
  const data = randomBytes(SIZE);
  let name = '';

  beforeAll(async () => {
    mkdirSync(join(tree, 'empty'), { recursive: true });
    writeFileSync(join(tree, 'data'), data);
    writeFileSync(join(tree, 'script'), '#!/bin/sh\n');
    chmodSync(join(tree, 'script'), 0o750);
    symlinkSync('data', join(tree, 'link'));
    name = await background(world, IDLE);
  });

  describe.each(world.clis)('docker $version', (cli) => {
    it('a directory into the container', async () => {
      const outcome = await sameInTurn(world, async (endpoint) => {
        await docker(cli, world.direct, ['exec', name, 'rm', '-rf', '/tmp/tree']);
        const copied = await docker(cli, endpoint, ['cp', tree, `${name}:/tmp/tree`]);
        expect(copied.code).toBe(0);
        const list =
          'cd /tmp/tree; find . | sort; stat -c %a script; readlink link; sha256sum data';
        return docker(cli, world.direct, ['exec', name, 'sh', '-c', list]);
      });
      const listed = ['.', './data', './empty', './link', './script', '750', 'data', ''].join('\n');
      expect(outcome.stdout.toString()).toBe(`${listed}${sha256(data)}  data\n`);
    });

    it('a directory out of the container', async () => {
      await docker(cli, world.direct, ['cp', tree, `${name}:/tmp/source`]);
      const out = join(world.dir, 'out');
      const outcome = await sameInTurn(world, async (endpoint) => {
        rmSync(out, { recursive: true, force: true });
        return docker(cli, endpoint, ['cp', `${name}:/tmp/source`, out]);
      });
      expect(outcome.code).toBe(0);
      expect(sha256(readFileSync(join(out, 'data')))).toBe(sha256(data));
      expect(readlinkSync(join(out, 'link'))).toBe('data');
      expect(statSync(join(out, 'script')).mode & 0o777).toBe(0o750);
    });

    it('an archive, byte for byte', async () => {
      await docker(cli, world.direct, ['cp', tree, `${name}:/tmp/archived`]);
      const outcome = await sameInTurn(world, (endpoint) =>
        docker(cli, endpoint, ['cp', `${name}:/tmp/archived`, '-']),
      );
      expect(outcome.code).toBe(0);
      expect(outcome.stdout.length).toBeGreaterThan(SIZE);
    });

    it('nothing, with the daemon’s own words, when there is nothing', async () => {
      const outcome = await sameInTurn(world, (endpoint) =>
        docker(cli, endpoint, ['cp', `${name}:/no/such/file`, '-']),
      );
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain('/no/such/file');
    });
  });
});
