import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { connectTo } from '../support/e2e/connect.ts';
import { background } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import type { Endpoint } from '../support/e2e/world.ts';

const ECHO = ['sh', '-c', 'while read line; do echo "got $line"; done'];

endToEnd('attach over a websocket', (world) => {
  it('carries input and output', async () => {
    expect(await talk(world.direct)).toBe('got hello');
    expect(await talk(world.front)).toBe('got hello');
  });

  async function talk(endpoint: Endpoint): Promise<string> {
    const name = await background(world, ECHO, ['-i']);
    const socket = await connectTo(endpoint);
    try {
      socket.write(handshake(`/v1.41/containers/${name}/attach/ws?stream=1&stdin=1&stdout=1`));
      expect(await untilText(socket, /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 101 /);
      socket.write(maskedFrame(Buffer.from('hello\n')));
      return /got hello/.exec(await untilText(socket, /got hello/))?.[0] ?? '';
    } finally {
      socket.destroy();
    }
  }
});

function handshake(target: string): string {
  const key = randomBytes(16).toString('base64');
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://docker';
  const websocket = `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}`;
  return `GET ${target} HTTP/1.1\r\nHost: docker\r\n${upgrade}\r\n${websocket}\r\n\r\n`;
}

/** A whole binary message of a client (RFC 6455 section 5.2); clients have to mask. */
function maskedFrame(data: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = data.map((byte, n) => byte ^ (mask[n % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x82, 0x80 | data.length]), mask, masked]);
}

async function untilText(socket: Socket, pattern: RegExp): Promise<string> {
  let seen = '';
  while (!pattern.test(seen)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    seen += chunk.toString('latin1');
  }
  return seen;
}
