import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;
const MAIN = join(ROOT, 'dist', 'main.js');

/** The built program; built now where it is missing or older than a source. */
export function builtProgram(): string {
  const built = existsSync(MAIN) ? statSync(MAIN).mtimeMs : 0;
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, 'src', name));
  if (sources.every((file) => statSync(file).mtimeMs <= built)) return MAIN;
  const { status, stdout } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT });
  if (status !== 0) throw new Error(`the build failed:\n${stdout.toString()}`);
  return MAIN;
}

/** A gate in a process of its own, which can be killed. */
export interface GateProcess {
  readonly child: ChildProcess;
  /** Where it listens by mutual TLS; 0 where it does not. */
  readonly port: number;
  /** Its exit code, once it has one; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** What it has written to standard error so far. */
  readonly said: () => string;
  /** Resolves with what the pattern found in that, now or later; rejects where the process ends without it. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ends it by a signal; resolves with its exit code, null where the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

export interface GateProcessOptions {
  readonly certsDir: string;
  readonly socketPath: string;
  readonly auditLog: string;
  /** Instead of any free port of 127.0.0.1. */
  readonly hosts?: readonly string[];
  readonly args?: readonly string[];
  /** What starts it: a command that the gate's own is appended to. */
  readonly wrapper?: readonly string[];
  /** The directory of `main.js`, where that is another than the built one. */
  readonly program?: string;
  /** Descriptors of this process that it has from 3 on. */
  readonly descriptors?: readonly number[];
  /** What it says when it is ready; by default where it listens. */
  readonly ready?: RegExp;
}

const LISTENS = /"address":"(?:tcp:\/\/[^"]*:(\d+)|unix:[^"]*)"/;

/** @returns once the gate listens. @throws with what it said, where it does not. */
export async function startGateProcess(options: GateProcessOptions): Promise<GateProcess> {
  const gate = spawnGate(options);
  const [, port] = await gate.until(options.ready ?? LISTENS);
  return { ...gate, port: Number(port ?? 0) };
}

/** Starts a gate, and does not wait for it. */
export function spawnGate(options: GateProcessOptions): Omit<GateProcess, 'port'> {
  const { certsDir, socketPath, auditLog, hosts = ['tcp://127.0.0.1:0'] } = options;
  const { args = [], wrapper = [], descriptors = [], program = builtProgram() } = options;
  const [command = '', ...rest] = [
    ...[...wrapper, process.execPath, program, 'serve', ...hosts.flatMap((host) => ['-H', host])],
    ...['--certs', certsDir, '--docker-host', `unix://${socketPath}`, '--audit-log', auditLog],
    ...args,
  ];
  const child = spawn(command, rest, { stdio: ['pipe', 'ignore', 'pipe', ...descriptors] });
  let said = '';
  const watchers = new Set<() => void>();
  const look = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    look();
  });
  // Standard error may be open elsewhere for longer, in a process that it has started.
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  return {
    child,
    ended,
    said: () => said,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const watcher = (): void => {
          const found = pattern.exec(said);
          if (found === null) return;
          watchers.delete(watcher);
          resolve(found);
        };
        watchers.add(watcher);
        watcher();
        child.once('close', () => {
          reject(new Error(`the gate ended:\n${said}`));
        });
      }),
    stop: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
