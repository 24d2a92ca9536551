import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Why no private daemon can run here, or undefined when one can. */
export function whyNoDockerd(): string | undefined {
  if (process.platform !== 'linux') return 'dockerd runs on Linux only';
  if (spawnSync('dockerd', ['--version']).error) return 'dockerd is not installed';
  if (process.getuid?.() !== 0) return 'a private dockerd needs root';
  return undefined;
}

const MEMORY = '/dev/shm';

/**
 * A dockerd of our own: its own data, exec root, pid file and socket below one temporary
 * directory, no bridge and no firewall rules, so that it disturbs no other daemon. It runs in debug
 * mode: its log then has one line per call, and /debug/pprof tells which calls it still serves.
 */
export class PrivateDockerd {
  readonly dir: string;
  readonly socket: string;
  readonly logFile: string;
  readonly #extraArgs: readonly string[];
  readonly #launcher: readonly string[];
  #child: ChildProcess | undefined;

  /**
   * @param inMemory keeps its data in memory: much quicker with very many small files.
   * @param launcher a command that becomes the daemon, such as nsenter with its arguments.
   */
  constructor(
    extraArgs: readonly string[] = [],
    inMemory = false,
    launcher: readonly string[] = [],
  ) {
    const parent = inMemory && existsSync(MEMORY) ? MEMORY : tmpdir();
    this.dir = mkdtempSync(join(parent, 'dockgate-dockerd-'));
    this.socket = join(this.dir, 'docker.sock');
    this.logFile = join(this.dir, 'dockerd.log');
    this.#extraArgs = extraArgs;
    this.#launcher = launcher;
    mkdirSync(join(this.dir, 'data'));
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the private dockerd is not running');
    return this.#child.pid;
  }

  /** Starts the daemon and returns once it answers `_ping`. */
  async start(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const [command, ...args] = [...this.#launcher, 'dockerd'];
    this.#child = spawn(command, [...args, ...this.#flags(), ...this.#extraArgs], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await once(this.#child, 'spawn');
    while (!(await this.#answersPing())) {
      if (this.#hasExited()) throw new Error(`dockerd did not start:\n${this.#logTail()}`);
      await pause(25);
    }
  }

  /** Ends the daemon in an orderly way and waits until it is gone. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends the daemon as a crash would and waits until it and its containerd are gone. */
  async kill(): Promise<void> {
    const pidFile = join(this.dir, 'exec/containerd/containerd.pid');
    const containerd = readFileSync(pidFile, 'utf8').trim();
    await this.#end('SIGKILL');
    // The kernel kills containerd with its parent. A dockerd that finds it still dying takes it
    // for alive and waits for it in vain.
    while (isRunning(containerd)) await pause(10);
    rmSync(pidFile);
  }

  /** Stops the daemon and starts it again on the same data and the same socket. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stops the daemon and removes everything that it wrote. */
  async remove(): Promise<void> {
    await this.stop();
    for (const mount of mountsBelow(this.dir)) spawnSync('umount', ['--lazy', mount]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** What the daemon has logged so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  #flags(): string[] {
    return [
      ...['--data-root', join(this.dir, 'data'), '--exec-root', join(this.dir, 'exec')],
      ...['--pidfile', join(this.dir, 'dockerd.pid'), '-H', `unix://${this.socket}`],
      ...['--bridge=none', '--iptables=false', '--shutdown-timeout=1', '--debug'],
    ];
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || this.#hasExited()) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  #hasExited(): boolean {
    return this.#child?.exitCode !== null || this.#child.signalCode !== null;
  }

  #answersPing(): Promise<boolean> {
    if (!existsSync(this.socket)) return Promise.resolve(false);
    return new Promise((resolve) => {
      const ping = request({ socketPath: this.socket, path: '/_ping', agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      ping.on('error', () => {
        resolve(false);
      });
      ping.end();
    });
  }

  #logTail(): string {
    return this.log().split('\n').slice(-15).join('\n');
  }
}

/** False for a process that is gone, and for one that only waits to be reaped. */
function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Mount points below `dir`, innermost first; a killed daemon leaves some behind. */
function mountsBelow(dir: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const points = mounts.map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => point.startsWith(`${dir}/`)).reverse();
}
