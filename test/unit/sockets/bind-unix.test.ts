import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bindUnix } from '../../../src/sockets/bind-unix.ts';
import { knock } from '../../../src/sockets/knock.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const PRIVATE = { mode: 0o660, group: undefined };

const servers: net.Server[] = [];
const server = (): net.Server => {
  const made = net.createServer((socket) => socket.destroy());
  servers.push(made);
  return made;
};

afterEach(async () => {
  for (const made of servers.splice(0)) await new Promise((resolve) => made.close(resolve));
});

describe('bindUnix', () => {
  it('gives the name away last, and leaves no other behind', async () => {
    const directory = temporaryDirectory();
    const socket = path.join(directory, 'gate.sock');
    const umask = process.umask(0);
    const modes: (readonly [name: string, mode: number])[] = [];
    // Whatever is there at the moment when the server begins to listen.
    const made = server().once('listening', () => {
      for (const name of fs.readdirSync(directory)) {
        modes.push([name, fs.lstatSync(path.join(directory, name)).mode & 0o777]);
      }
    });
    const { remove } = await bindUnix(made, socket, PRIVATE);
    expect(process.umask(umask)).toBe(0);
    expect(modes).toEqual([[expect.stringMatching(/^\.gate\.sock\.[0-9a-f]{6}$/), 0o600]]);
    expect(fs.readdirSync(directory)).toEqual(['gate.sock']);
    expect(fs.lstatSync(socket).mode & 0o777).toBe(0o660);
    remove();
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('leaves the name alone that is another’s by now', async () => {
    const socket = path.join(temporaryDirectory(), 'gate.sock');
    const first = server();
    const { remove } = await bindUnix(first, socket, PRIVATE);
    fs.unlinkSync(socket);
    await bindUnix(server(), socket, PRIVATE);
    remove();
    await new Promise((resolve) => first.close(resolve));
    expect(fs.existsSync(socket)).toBe(true);
  });

  it('says what a path may have in length', async () => {
    const socket = path.join(temporaryDirectory(), 'x'.repeat(100));
    await expect(bindUnix(server(), socket, PRIVATE)).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `cannot listen on unix://${socket}: the path has ${socket.length} bytes, and a socket's may have 99`,
      hint: 'name a shorter path with --host',
    });
  });

  it('takes the longest path that there is room for', async () => {
    const directory = temporaryDirectory();
    const socket = path.join(directory, 'x'.repeat(99 - directory.length - 1));
    await bindUnix(server(), socket, PRIVATE);
    expect(await knock(socket)).toBeUndefined();
  });

  it('refuses a directory that is not there, and says how to make it', async () => {
    const directory = path.join(temporaryDirectory(), 'none');
    await expect(
      bindUnix(server(), path.join(directory, 'gate.sock'), PRIVATE),
    ).rejects.toMatchObject({
      message: expect.stringContaining(
        `the directory ${directory} cannot be used: ENOENT`,
      ) as string,
      hint: `make it first: install -d -m 0755 ${directory}`,
    });
  });

  it.each([0o777, 0o775, 0o722])(
    'refuses a directory of mode %o, and any below it',
    async (mode) => {
      const open = path.join(temporaryDirectory(), 'open');
      fs.mkdirSync(path.join(open, 'below'), { recursive: true });
      fs.chmodSync(open, mode);
      for (const directory of [open, path.join(open, 'below')]) {
        await expect(
          bindUnix(server(), path.join(directory, 'gate.sock'), PRIVATE),
        ).rejects.toMatchObject({
          message: expect.stringContaining(`others may write to ${open}`) as string,
          hint: expect.stringContaining(`chmod go-w ${open}`) as string,
        });
      }
      fs.chmodSync(open, 0o1777);
      await bindUnix(server(), path.join(open, 'gate.sock'), PRIVATE);
    },
  );

  it('refuses a directory of another user', async () => {
    if (process.getuid?.() !== 0) return;
    const directory = path.join(temporaryDirectory(), 'theirs');
    fs.mkdirSync(directory);
    fs.chownSync(directory, 12_345, 12_345);
    await expect(bindUnix(server(), path.join(directory, 'gate.sock'), PRIVATE)).rejects.toThrow(
      `${directory} belongs to user 12345, who could put another socket there`,
    );
  });

  it('says that there is no such group', async () => {
    const socket = path.join(temporaryDirectory(), 'gate.sock');
    await expect(
      bindUnix(server(), socket, { mode: 0o660, group: 'no-such-group' }),
    ).rejects.toMatchObject({
      message: 'there is no group no-such-group in /etc/group',
      hint: 'name one that is there with --unix-group, or give its number ("getent group")',
    });
    expect(fs.readdirSync(path.dirname(socket))).toEqual([]);
  });
});
