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
  readonly port: number;
  /** Ends it by a signal; resolves with its exit code, null where the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

export interface GateProcessOptions {
  readonly certsDir: string;
  readonly socketPath: string;
  readonly auditLog: string;
  readonly args?: readonly string[];
}

/** @returns once the gate listens. @throws with what it said, where it does not. */
export async function startGateProcess(options: GateProcessOptions): Promise<GateProcess> {
  const { certsDir, socketPath, auditLog, args = [] } = options;
  const child = spawn(
    process.execPath,
    [
      ...[builtProgram(), 'serve', '-H', 'tcp://127.0.0.1:0', '--certs', certsDir],
      ...['--docker-host', `unix://${socketPath}`, '--audit-log', auditLog, ...args],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const port = await portOf(child, ended);
  return {
    child,
    port,
    stop: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

function portOf(child: ChildProcess, ended: Promise<unknown>): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const port = /"address":"tcp:\/\/127\.0\.0\.1:(\d+)"/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    void ended.then(() => {
      reject(new Error(`the gate ended:\n${said}`));
    });
  });
}
