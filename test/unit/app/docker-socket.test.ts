import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDockerSocket } from '../../../src/app/docker-socket.ts';
import { failureOf } from '../helpers/refusal.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

describe('checkDockerSocket', () => {
  it('has nothing to say where a socket is', async () => {
    const file = join(temporaryDirectory(), 'docker.sock');
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(file, resolve));
    expect(checkDockerSocket(file)).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
  });

  it('says why there is none yet, and does not throw', () => {
    const dir = temporaryDirectory();
    expect(checkDockerSocket(join(dir, 'docker.sock'))).toBe('ENOENT');
    writeFileSync(join(dir, 'file'), '');
    expect(checkDockerSocket(join(dir, 'file', 'docker.sock'))).toBe('ENOTDIR');
  });

  it('refuses what can never be one, by name and kind', () => {
    const dir = temporaryDirectory();
    const file = join(dir, 'docker.sock');
    writeFileSync(file, '');
    expect(failureOf(() => checkDockerSocket(file))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: `--docker-host unix://${file} is a file, not a socket`,
    });
    expect(failureOf(() => checkDockerSocket(dir)).message).toContain('is a directory');
  });
});
