import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A process of the comparison, with those that it started. */
export class Measured {
  readonly child: ChildProcess;
  readonly #name: string;
  #said = '';

  /** @param env beside the environment of this process. */
  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#name = command;
    this.child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (chunk: Buffer): void => {
      this.#said = (this.#said + chunk.toString()).slice(-20_000);
    };
    this.child.stdout?.on('data', hear);
    this.child.stderr?.on('data', hear);
  }

  get said(): string {
    return this.#said;
  }

  /** Waits until it accepts connections on a port of the loopback interface. */
  async accepts(port: number): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!(await canConnect(port))) {
      this.#mustRun(deadline);
      await pause(5);
    }
  }

  /** Waits until it has said what matches. */
  async says(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const found = pattern.exec(this.#said);
      if (found !== null) return found[1] ?? found[0];
      this.#mustRun(deadline);
      await pause(1);
    }
  }

  /** User and system time so far, of it and all that it started, µs. */
  cpu(): number {
    return this.#pids().reduce((sum, pid) => sum + cpuOf(pid), 0);
  }

  /** Resident memory now, of it and all that it started, bytes. */
  memory(): number {
    return this.#pids().reduce((sum, pid) => sum + memoryOf(pid), 0);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(killer);
  }

  #pids(): number[] {
    const { pid } = this.child;
    return pid === undefined ? [] : withChildren(pid);
  }

  #mustRun(deadline: number): void {
    const ended = this.child.exitCode !== null || this.child.signalCode !== null;
    if (!ended && performance.now() < deadline) return;
    throw new Error(`${this.#name} ${ended ? 'ended' : 'is not ready'}:\n${this.#said}`);
  }
}

function withChildren(pid: number): number[] {
  try {
    const below = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const children = below.split(' ').filter((word) => word !== '');
    return [pid, ...children.flatMap((child) => withChildren(Number(child)))];
  } catch {
    return [];
  }
}

/** proc(5): fields 14 and 15 of stat, in ticks of 10 ms. */
function cpuOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function memoryOf(pid: number): number {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a command to its end. @returns its standard output. @throws where it fails. */
export function run(
  command: string,
  args: readonly string[],
  options: {
    env?: Readonly<Record<string, string>>;
    cwd?: string;
    input?: Buffer | string;
    /** The most that it may take, ms; ETIMEDOUT is thrown then. */
    timeout?: number;
  } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    env: { ...process.env, ...options.env },
    maxBuffer: 1 << 26,
  });
  if (error !== undefined) throw error;
  if (status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} failed:\n${stderr.toString()}${stdout.toString()}`,
    );
  }
  return stdout.toString();
}
