import { NOTHING_INHERITED, type Inheritance, type Inherited } from './inherited.ts';

/** SD_LISTEN_FDS_START: the first descriptor behind the standard three. */
const FIRST = 3;

/**
 * Reads what a service manager says of the sockets that it has opened (sd_listen_fds(3)), and takes it out of the
 * environment, so that no child believes that it is meant.
 *
 * @param pid of this process: what was handed to another is not ours.
 */
export function readActivation(env: NodeJS.ProcessEnv, pid: number): Inheritance {
  const { LISTEN_FDS: count, LISTEN_PID: owner, LISTEN_FDNAMES: names } = env;
  delete env['LISTEN_FDS'];
  delete env['LISTEN_PID'];
  delete env['LISTEN_FDNAMES'];
  if (count === undefined) return NOTHING_INHERITED;
  if (owner !== `${pid}`) {
    return {
      ...NOTHING_INHERITED,
      absence: `the sockets were handed to process ${owner ?? '(LISTEN_PID is not set)'}, and this is ${pid}`,
      absenceHint: 'run dockgate itself in ExecStart=, not through npm or a shell without "exec"',
    };
  }
  if (!/^[1-9]\d{0,4}$/.test(count)) {
    return { ...NOTHING_INHERITED, absence: `LISTEN_FDS is ${count}, and should be how many` };
  }
  const called = names?.split(':') ?? [];
  const activated = Array.from({ length: Number(count) }, (_, at): Inherited => {
    return { fd: FIRST + at, number: FIRST + at, name: called[at] ?? 'unknown' };
  });
  return { ...NOTHING_INHERITED, activated };
}
