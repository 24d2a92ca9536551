import http from 'node:http';
import { text } from 'node:stream/consumers';
import { mustRun, run } from '../../test/support/e2e/child.ts';

export const IMAGE = 'busybox:soak';
/** A container with known logs, into which execs and archives go. */
export const KNOWN = 'soak-known';
/** A container that counts, ten times a second. */
export const TICKER = 'soak-ticker';
export const KNOWN_LINES = 200;

const SAY_LINES = `i=0; while [ $i -lt ${KNOWN_LINES} ]; do echo "line $i"; i=$((i+1)); done; exec sleep 1000000`;
const COUNT = 'i=0; while true; do echo "tick $i"; i=$((i+1)); usleep 100000; done';

/** What can be predicted of the daemon's answers. */
export interface Standing {
  readonly socket: string;
  readonly known: string;
  readonly daemonId: string;
}

/** The environment of a docker command on the daemon's own socket. */
export function dockerEnv(socket: string): Record<string, string> {
  const PATH = '/usr/local/bin:/usr/bin:/bin';
  return { PATH, HOME: '/nonexistent', DOCKER_HOST: `unix://${socket}` };
}

/** Runs docker on the daemon's own socket, beside the gate. */
export function docker(socket: string, ...args: readonly string[]): Promise<string> {
  return mustRun('docker', args, { env: dockerEnv(socket) });
}

export async function makeStanding(socket: string): Promise<Standing> {
  const options = ['run', '--detach', '--network=none', '--init=false'];
  const id = await docker(socket, ...options, '--name', KNOWN, IMAGE, 'sh', '-c', SAY_LINES);
  await docker(socket, ...options, '--name', TICKER, IMAGE, 'sh', '-c', COUNT);
  await untilKnownHasSpoken(socket);
  const info = JSON.parse(await get(socket, '/info')) as { ID: string };
  return { socket, known: id.trim(), daemonId: info.ID };
}

/** A daemon that has been away has lost what ran. */
export async function reviveStanding(socket: string): Promise<void> {
  await docker(socket, 'start', KNOWN, TICKER);
  await untilKnownHasSpoken(socket);
}

/** Removes all containers but the standing ones: those whose client was interrupted. */
export async function sweep(socket: string): Promise<number> {
  const listed = await docker(socket, 'ps', '--all', '--format', '{{.Names}}');
  const names = listed.split('\n').filter((name) => name !== '' && !STANDING.has(name));
  if (names.length > 0)
    await run('docker', ['rm', '--force', ...names], { env: dockerEnv(socket) });
  return names.length;
}

const STANDING: ReadonlySet<string> = new Set([KNOWN, TICKER]);

async function untilKnownHasSpoken(socket: string): Promise<void> {
  for (;;) {
    const last = await docker(socket, 'logs', '--tail=1', KNOWN);
    if (last.trim() === `line ${KNOWN_LINES - 1}`) return;
  }
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath, path, agent: false }, (answer) => {
        text(answer).then(resolve, reject);
      })
      .on('error', reject);
  });
}
