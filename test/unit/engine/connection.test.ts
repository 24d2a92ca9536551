import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/engine.ts';
import type { EngineResponse } from '../../../src/engine/types.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const MANY = 4 * 1024 * 1024;
const answer = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Reads a body to its end; every piece is given back later than it came, as a busy client does. */
function bodyOf(response: EngineResponse): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    response.read({
      piece: (bytes, done) => {
        setImmediate(() => {
          body += bytes.toString('latin1');
          done();
        });
      },
      end: () => {
        setImmediate(() => {
          resolve(body);
        });
      },
      broken: () => {
        reject(new Error('broken off'));
      },
    });
  });
}

it('reads what is small behind what is large, on one connection, again and again', async () => {
  const socketPath = join(temporaryDirectory(), 'docker.sock');
  let connections = 0;
  const daemon = net.createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const [, target = ''] = bytes.toString('latin1').split(' ');
      socket.write(answer(target === '/large' ? 'x'.repeat(MANY) : target));
    });
  });
  daemon.listen(socketPath);
  await once(daemon, 'listening');
  const engine = createEngine(socketPath);
  const ask = async (target: string): Promise<string> => {
    const { response } = engine.call({
      ...{ method: 'GET', target, headers: ['Host', 'docker'], hasBody: false },
    });
    return bodyOf(await response);
  };
  for (let round = 1; round <= 5; round += 1) {
    expect((await ask('/large')).length).toBe(MANY);
    expect(await ask(`/small/${round}`)).toBe(`/small/${round}`);
    expect(await ask(`/again/${round}`)).toBe(`/again/${round}`);
  }
  expect(connections).toBe(1);
  engine.close();
  daemon.close();
});

it('keeps a whole answer as it came until it is taken, whatever the daemon sends behind it', async () => {
  const socketPath = join(temporaryDirectory(), 'docker.sock');
  const sockets: net.Socket[] = [];
  const daemon = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer('a'.repeat(1_000))));
  });
  daemon.listen(socketPath);
  await once(daemon, 'listening');
  const engine = createEngine(socketPath);
  const { response } = engine.call({
    ...{ method: 'GET', target: '/', headers: ['Host', 'docker'], hasBody: false },
  });
  const held = await response;
  const [socket] = sockets;
  if (socket === undefined) throw new Error('nobody has connected');
  // A connection that is reset closes too.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // More than a read, and than two.
  socket.write('b'.repeat(MANY));
  // Such a connection is used for nothing else.
  await closed;
  expect(await bodyOf(held)).toBe('a'.repeat(1_000));
  engine.close();
  daemon.close();
});
