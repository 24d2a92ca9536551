import { beforeAll, describe, expect, it } from 'vitest';
import type { Child } from '../support/e2e/child.ts';
import { untilDaemonServes } from '../support/e2e/daemon-calls.ts';
import { background, startDocker } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';

const TALK = ['sh', '-c', 'while :; do echo talk; sleep 0.1; done'];
const CALLS: { call: string; handler: string; args: (name: string) => string[]; says?: RegExp }[] =
  [
    {
      call: 'logs -f',
      handler: 'getContainersLogs',
      args: (name) => ['logs', '-f', name],
      says: /talk/,
    },
    { call: 'events', handler: 'getEvents', args: () => ['events'] },
    { call: 'stats', handler: 'getContainersStats', args: (name) => ['stats', name], says: /CPU/ },
    {
      call: 'attach',
      handler: 'postContainersAttach',
      args: (name) => ['attach', name],
      says: /talk/,
    },
    {
      call: 'exec -i',
      handler: 'postContainerExecStart',
      // Once its process runs: an end of the client before that is another matter.
      args: (name) => ['exec', '-i', name, 'sh', '-c', 'echo talk; exec cat'],
      says: /talk/,
    },
    { call: 'a half-done load', handler: 'postImagesLoad', args: () => ['load'] },
  ];

endToEnd('a killed client frees the daemon', (world) => {
  let name = '';
  beforeAll(async () => {
    name = await background(world, TALK, ['-i']);
  });

  describe.each(world.clis)('docker $version', (cli) => {
    it.each(CALLS)('within 1 s of $call', async ({ handler, args, says }) => {
      for (const endpoint of [world.direct, world.front]) {
        await untilDaemonServes(world.socket, handler, 0);
        const child = startDocker(cli, endpoint, args(name), { stdin: 'open' });
        await untilServed(child, handler, says);
        await child.end('SIGKILL');
        expect(await untilDaemonServes(world.socket, handler, 0, 1000)).toBeLessThan(1000);
      }
    });
  });

  async function untilServed(child: Child, handler: string, says?: RegExp): Promise<void> {
    if (handler === 'postImagesLoad') child.stdin.write(Buffer.alloc(1024 * 1024));
    if (says) await child.waitFor(says);
    await untilDaemonServes(world.socket, handler, 1);
  }
});
