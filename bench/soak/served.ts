import { setTimeout as pause } from 'node:timers/promises';
import { stacksOf } from '../../test/support/e2e/daemon-calls.ts';

/** A clock on what has ended runs for 10 s at the most. */
const GONE_MS = 20_000;

/** A frame of the daemon's that handles a call: `…/api/server/router/container.(*containerRouter).getContainersLogs(`. */
const HANDLER = /\/api\/server\/router\/(\w+)\.(?:\(\*?\w+\)\.)?(\w+)\(/;
/** That of this question itself. */
const OWN = 'debug';

/**
 * Waits until a daemon in debug mode serves no call but this one; unlike connections, of which pools keep some, each is somebody's.
 *
 * @returns the handlers of calls that it still serves after all; empty where all is well.
 */
export async function untilNothingServed(
  socketPath: string,
  ms = GONE_MS,
): Promise<readonly string[]> {
  const deadline = performance.now() + ms;
  for (;;) {
    const serving = await served(socketPath);
    if (serving.length === 0 || performance.now() > deadline) return serving;
    await pause(100);
  }
}

/** @throws where the daemon does not tell of this very call: then it would tell of no other. */
async function served(socketPath: string): Promise<string[]> {
  const handlers = (await stacksOf(socketPath)).flatMap((stack) => {
    const [, router = '', handler = ''] = HANDLER.exec(stack) ?? [];
    return router === '' ? [] : [{ router, handler }];
  });
  if (!handlers.some(({ router }) => router === OWN))
    throw new Error('the daemon does not tell what it serves');
  return handlers.filter(({ router }) => router !== OWN).map(({ handler }) => handler);
}
