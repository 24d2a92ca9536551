import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until the daemon serves exactly `count` calls with the handler of this name, and returns
 * how many ms that took. Unlike a count of connections this does not depend on pools: a daemon in
 * debug mode lists its goroutines, and one in a handler is a call that goes on. Fails after
 * `deadline` ms.
 */
export async function untilDaemonServes(
  socket: string,
  handler: string,
  count: number,
  deadline = 10_000,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    const serving = await callsServed(socket, handler);
    const elapsed = performance.now() - start;
    if (serving === count) return elapsed;
    if (elapsed > deadline) {
      throw new Error(`after ${deadline} ms the daemon still serves ${serving} × ${handler}`);
    }
    await pause(10);
  }
}

async function callsServed(socket: string, handler: string): Promise<number> {
  const goroutines = (await read(socket, '/debug/pprof/goroutine?debug=2')).split('\n\n');
  return goroutines.filter((stack) => stack.includes(`.${handler}(`)).length;
}

function read(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path, agent: false }, (answer) => {
      text(answer).then(resolve, reject);
    }).on('error', reject);
  });
}
