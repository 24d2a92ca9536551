import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/engine.ts';
import type { Engine, EngineRequest } from '../../../src/engine/types.ts';
import { settled } from '../helpers/streams.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const FORGED = { method: 'POST', target: '/info', headers: ['A', 'b\r\nC: d'], hasBody: false };

const WAYS: Readonly<Record<string, (engine: Engine, request: EngineRequest) => unknown>> = {
  'without a body': (engine, request) => engine.call(request),
  'with a body': (engine, request) => engine.call({ ...request, hasBody: true }),
  'that may be hijacked': (engine, request) =>
    engine.hijack(request, Buffer.alloc(0), new AbortController().signal),
};

it.each(Object.keys(WAYS))('a call %s with a line end in it is never dialled for', async (way) => {
  const socketPath = join(temporaryDirectory(), 'docker.sock');
  let connections = 0;
  const daemon = net.createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
  });
  daemon.listen(socketPath);
  await once(daemon, 'listening');
  expect(() => WAYS[way]?.(createEngine(socketPath), FORGED)).toThrow(TypeError);
  await settled();
  expect(connections).toBe(0);
  daemon.close();
});
