/** The daemon behind the gate: its socket, who may use it, and whether it answers. */
import { performance } from 'node:perf_hooks';
import { systemCode } from '../errors.ts';
import type { Accounts } from './accounts.ts';
import { failed, notChecked, ok, type Check } from './check.ts';
import { inContainer } from './container.ts';
import { ping, type Answer } from './dial.ts';
import { daemonText, messageOf, readPing, type Ping } from './docker-answer.ts';
import { lookAt, octal, type FileFact } from './file-facts.ts';
import { accessFix, whyDenied } from './socket-access.ts';

export interface DaemonFacts {
  readonly socket: FileFact;
  /** Why this user may not connect; undefined where he may. */
  readonly denied: string | undefined;
  /** The answer to `/_ping`, or the system's word for why there is none. */
  readonly answer: Answer | string;
  /** How long it took, ms. */
  readonly took: number;
  /** This host's clock when the answer came, ms since the epoch. */
  readonly at: number;
}

/** @param now ms since the epoch. */
export async function lookAtDaemon(socketPath: string, now: () => number): Promise<DaemonFacts> {
  const socket = lookAt(socketPath);
  const started = performance.now();
  const answer = await ping({ socketPath }).catch(systemCode);
  const took = performance.now() - started;
  return { socket, denied: whyDenied(socketPath), answer, took, at: now() };
}

/** What the daemon said of itself; undefined where it said nothing that counts. */
export function pingOf({ answer }: DaemonFacts): Ping | undefined {
  return typeof answer === 'string' ? undefined : readPing(answer);
}

const START = 'sudo systemctl start docker; if it fails: journalctl -u docker -n 50';
/** A container has the socket that was there when it was started, or none. */
const MOUNT =
  'start the daemon; if it runs, it has made another socket since: mount a directory that holds only its socket (docs/container.md), or start this container anew';

const howToStart = (): string => (inContainer() ? MOUNT : START);

/** The socket is there, is one, and this user may use it (connecting takes read and write). */
export function checkSocket(
  { socket, denied }: DaemonFacts,
  user: string,
  accounts: Accounts,
): Check {
  const name = 'docker socket';
  const { path, stat, error } = socket;
  if (stat === undefined) {
    if (error === 'EACCES')
      return failed(name, `${path}: this user may not look there`, `sudo dockgate doctor`);
    return failed(
      name,
      `${path} is not there (${error ?? 'unknown'})`,
      `${howToStart()}; another path: --docker-host unix:///PATH`,
    );
  }
  if (stat.kind !== 'socket') {
    return failed(
      name,
      `${path} is a ${stat.kind === 'other' ? 'special file' : stat.kind}, not a socket`,
      'name the socket of the daemon: --docker-host unix:///PATH ("docker context ls" shows it)',
    );
  }
  const group = accounts.group(stat.gid);
  const found = `${path}, ${accounts.user(stat.uid)}:${group} ${octal(stat.mode)}`;
  if (denied === undefined) return ok(name, `${found}, open to ${user}`);
  const fix = accessFix(stat, group, { user, container: inContainer() });
  return failed(name, `${found}, closed to ${user} (${denied})`, fix);
}

/** The daemon answers `/_ping` with 200 and an API version. */
export function checkDaemon(facts: DaemonFacts): Check {
  const name = 'daemon';
  const { socket, denied, answer, took } = facts;
  if (socket.stat?.kind !== 'socket' || denied !== undefined)
    return notChecked(name, 'docker socket');
  if (typeof answer === 'string') {
    const found = `no answer at ${socket.path}: ${answer}`;
    if (answer === 'ETIMEDOUT')
      return failed(
        name,
        `${found} after 5 s`,
        'it hangs: journalctl -u docker -n 50; sudo systemctl restart docker',
      );
    return failed(name, found, howToStart());
  }
  const found = readPing(answer);
  if (found !== undefined)
    return ok(name, `${daemonText(found)}, answered in ${took.toFixed(0)} ms`);
  return failed(
    name,
    `status ${answer.status}: ${messageOf(answer)}`,
    'something else than a Docker daemon listens there, or it is still starting: journalctl -u docker -n 50',
  );
}
