import { afterAll, describe, inject, it } from 'vitest';
import { endAllChildren, mustRun, run } from './child.ts';
import './world.ts';
import type { World } from './world.ts';

/** Declares tests that need a daemon. Where there is none they are skipped with the reason, or fail. */
export function endToEnd(title: string, body: (world: World) => void): void {
  const setting = inject('setting');
  if ('world' in setting) declare(title, setting.world, body);
  else if (setting.verdict === 'skip') it.skip(`${title} (${setting.missing})`);
  else it(title, () => Promise.reject(new Error(setting.missing)));
}

/** Declares tests of what only the gate does: the daemon's own TLS has no audit log and no hints. */
export function endToEndGate(title: string, body: (world: World) => void): void {
  endToEnd(title, (world) => {
    if (world.frontKind === 'dockgate') body(world);
    else it.skip('only the gate does this, and the front is dockerd');
  });
}

function declare(title: string, world: World, body: (world: World) => void): void {
  describe(title, () => {
    afterAll(async () => {
      await endAllChildren();
      await removeAllContainers(world);
    });
    body(world);
  });
}

const MAX_LOOKS = 100;

/**
 * The daemon is ours, so every container left on it is a test's. One that is removing itself makes `rm` fail and is
 * gone at a later look.
 */
async function removeAllContainers({ clis, direct: { env } }: World): Promise<void> {
  const docker = clis[0].path;
  let said = '';
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const listed = await mustRun(docker, ['ps', '--all', '--quiet'], { env });
    const ids = listed.split('\n').filter((id) => id !== '');
    if (ids.length === 0) return;
    said = (await run(docker, ['rm', '--force', ...ids], { env })).stderr;
  }
  throw new Error(`containers that do not go: ${said}`);
}
