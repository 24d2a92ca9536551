import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/** A look takes a fraction of this, ms, unless the machine stands still; what is more does not count. */
const LOOK_MS = 100;
const PAUSE_MS = 10;

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
  deadline = 30_000,
): Promise<number> {
  let elapsed = 0;
  for (;;) {
    const start = performance.now();
    const serving = await callsServed(socket, handler);
    elapsed += Math.min(performance.now() - start, LOOK_MS);
    if (serving === count) return elapsed;
    if (elapsed > deadline) {
      throw new Error(`after ${deadline} ms the daemon still serves ${serving} × ${handler}`);
    }
    await pause(PAUSE_MS);
    elapsed += PAUSE_MS;
  }
}

async function callsServed(socket: string, handler: string): Promise<number> {
  const stacks = await stacksOf(socket);
  return stacks.filter((stack) => stack.includes(`.${handler}(`)).length;
}

/** The stack of each goroutine of a daemon in debug mode, as Go prints it. */
export async function stacksOf(socket: string): Promise<string[]> {
  return (await read(socket, '/debug/pprof/goroutine?debug=2')).split('\n\n');
}

function read(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path, agent: false }, (answer) => {
      text(answer).then(resolve, reject);
    }).on('error', reject);
  });
}
