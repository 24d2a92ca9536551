import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { untilNothingServed } from '../../../bench/soak/served.ts';

const stack = (...frames: readonly string[]): string =>
  [
    'goroutine 7 [running]:',
    ...frames.map((frame) => `${frame}(0xc000, 0x1)\n\t/x.go:1 +0x1`),
  ].join('\n');
const ROUTER = 'github.com/docker/docker/api/server/router';
const OWN = stack('runtime/pprof.writeGoroutineStacks', `${ROUTER}/debug.handlePprof`);
const LOGS = stack('net.(*conn).Write', `${ROUTER}/container.(*containerRouter).getContainersLogs`);
const IDLE = stack('net/http.(*conn).serve');

let server: http.Server | undefined;
let dir = '';
afterEach(() => {
  server?.close();
  fs.rmSync(dir, { recursive: true });
});

/** A daemon in debug mode, which tells these one after the other, the last one again and again. */
async function telling(...dumps: readonly string[][]): Promise<string> {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dockgate-served-'));
  const socketPath = path.join(dir, 'docker.sock');
  let asked = 0;
  server = http.createServer((_, response) => {
    response.end(dumps[Math.min(asked, dumps.length - 1)]?.join('\n\n'));
    asked += 1;
  });
  await new Promise<void>((resolve) => server?.listen(socketPath, resolve));
  return socketPath;
}

it('waits until a call is over', async () => {
  expect(await untilNothingServed(await telling([IDLE, LOGS, OWN], [IDLE, OWN]))).toEqual([]);
});

it('says what a daemon still serves', async () => {
  const socketPath = await telling([LOGS, OWN, LOGS]);
  expect(await untilNothingServed(socketPath, 0)).toEqual([
    'getContainersLogs',
    'getContainersLogs',
  ]);
});

it('does not believe a daemon that does not tell of this very call', async () => {
  await expect(untilNothingServed(await telling([IDLE]), 0)).rejects.toThrow('does not tell');
});
