import { NotifyHelper } from './helper.ts';

/** What a service manager is told; see sd_notify(3). */
export interface ServiceManager {
  /** The gate serves; after a reload too. */
  ready(status: string): void;
  /** A new line for `systemctl status`. */
  status(text: string): void;
  /** Files are being read anew; `ready` ends it. */
  reloading(): void;
  /**
   * The gate is stopping.
   *
   * @param withinMs how long that may take; systemd waits so long before it kills.
   */
  stopping(withinMs: number): void;
  /**
   * Another process is the service from now on, and speaks for it: this one says nothing more.
   *
   * @returns resolves when systemd has taken it, and rejects where it has not.
   */
  mainPid(pid: number): Promise<void>;
  /**
   * Says at half of the time that the watchdog allows that the gate is well. It is not where the event loop does not
   * turn, for then this does not run; nor where `isWell` says so.
   */
  watch(isWell: () => boolean): void;
  /** What was said is still passed on. */
  close(): void;
}

const NOBODY: ServiceManager = {
  ready: () => undefined,
  status: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  mainPid: () => Promise.resolve(),
  watch: () => undefined,
  close: () => undefined,
};

export interface ManagerDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  /** Told what went wrong, and what to do. */
  readonly warn: (detail: Readonly<Record<string, unknown>>, message: string) => void;
}

/** Notices that systemd has not taken: with more of them, none that can wait is added. */
const MAX_BEHIND = 3;

/**
 * The service manager that has started this process; where none has (`NOTIFY_SOCKET` is not set) nothing is told, and
 * no child is started.
 */
export function createServiceManager({ env, pid, warn }: ManagerDeps): ServiceManager {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return NOBODY;
  const helper = new NotifyHelper({
    socket,
    path: env['PATH'],
    onFailure: (reason) => {
      warn(
        {
          reason,
          hint: 'systemd-notify has to be on the PATH, and the unit needs NotifyAccess=all',
        },
        'systemd was not told',
      );
    },
  });
  const periodMs = watchdogMs(env, pid);
  // A process that takes over from this one is watched in its place.
  delete env['WATCHDOG_PID'];
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const tell = (...assignments: string[]): void => {
    if (!isOver) helper.send(assignments);
  };
  return {
    ready: (status) => {
      tell('READY=1', `STATUS=${status}`);
    },
    status: (text) => {
      tell(`STATUS=${text}`);
    },
    // The moment tells this reload from the one before, for units of Type=notify-reload.
    reloading: () => {
      tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    },
    stopping: (withinMs) => {
      const micros = Math.ceil(withinMs * 1000);
      tell(
        'STOPPING=1',
        `EXTEND_TIMEOUT_USEC=${micros}`,
        'STATUS=stopping, calls in flight may finish',
      );
    },
    mainPid: (main) =>
      new Promise((resolve, reject) => {
        helper.send([`MAINPID=${main}`], (failure) => {
          if (failure !== undefined) {
            reject(new Error(failure));
            return;
          }
          isOver = true;
          clearInterval(timer);
          resolve();
        });
      }),
    watch: (isWell) => {
      if (periodMs === undefined || timer !== undefined) return;
      timer = setInterval(() => {
        if (!isWell()) {
          warn(
            { periodMs },
            'the gate is not well: the watchdog is not told, systemd will restart it',
          );
        } else if (helper.behind <= MAX_BEHIND) tell('WATCHDOG=1');
      }, periodMs / 2).unref();
    },
    close: () => {
      clearInterval(timer);
      helper.close();
    },
  };
}

/** How long the watchdog waits, ms; undefined where there is none for this process. */
function watchdogMs(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const micros = Number(env['WATCHDOG_USEC'] ?? 0);
  const whose = env['WATCHDOG_PID'];
  if (!Number.isSafeInteger(micros) || micros <= 0) return undefined;
  return whose === undefined || whose === `${pid}` ? micros / 1000 : undefined;
}
