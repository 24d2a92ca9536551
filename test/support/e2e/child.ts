import { spawn, type ChildProcess } from 'node:child_process';
import { once, type EventEmitter } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

/** How a command ended and what it printed. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the command reads; left out, its input is empty and already at its end. */
  readonly stdin?: 'open' | { readonly file: string } | { readonly text: string };
}

const running = new Set<Child>();

/** Ends every command that is still running, by its pid, and waits for it. */
export async function endAllChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.end('SIGKILL')));
}

/** A running command whose output can be awaited line by line. */
export class Child {
  readonly outcome: Promise<Outcome>;
  readonly command: string;
  readonly #process: ChildProcess;
  readonly #streams: Record<'stdout' | 'stderr', Readable>;
  readonly #output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.command = [command, ...args].join(' ');
    this.#process = spawnWith(command, args, options);
    this.#streams = outputsOf(this.#process);
    this.#streams.stdout.on('data', (chunk: Buffer) => this.#output.stdout.push(chunk));
    this.#streams.stderr.on('data', (chunk: Buffer) => this.#output.stderr.push(chunk));
    running.add(this);
    this.outcome = this.#finish();
    this.outcome.catch(() => undefined);
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`not started: ${this.command}`);
    return this.#process.pid;
  }

  /** The command's input; only for a command started with `stdin: 'open'`. */
  get stdin(): Writable {
    if (!this.#process.stdin) throw new Error(`no open input: ${this.command}`);
    return this.#process.stdin;
  }

  text(stream: 'stdout' | 'stderr'): string {
    return Buffer.concat(this.#output[stream]).toString();
  }

  /**
   * Resolves with the output so far once it matches. Fails, with what was seen, when the command
   * ends before that or takes longer than 100 s.
   */
  async waitFor(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<string> {
    const readable = this.#streams[stream];
    const deadline = AbortSignal.timeout(MAX_WAIT_MS);
    while (!pattern.test(this.text(stream))) {
      if (readable.readableEnded || readable.destroyed || deadline.aborted)
        throw this.#missed(pattern);
      await firstOf(readable, ['data', 'close'], deadline);
    }
    return this.text(stream);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Sends `signal` and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Outcome> {
    this.signal(signal);
    return this.outcome;
  }

  async #finish(): Promise<Outcome> {
    try {
      const [code, signal] = (await once(this.#process, 'close')) as [
        Outcome['code'],
        Outcome['signal'],
      ];
      const stdout = Buffer.concat(this.#output.stdout);
      return { code, signal, stdout, stderr: this.text('stderr') };
    } finally {
      running.delete(this);
    }
  }

  #missed(pattern: RegExp): Error {
    const seen = `stdout: ${this.text('stdout')}\nstderr: ${this.text('stderr')}`;
    return new Error(`${this.command}\nwent without ${String(pattern)}\n${seen}`);
  }
}

/** Runs a command to its end. */
export function run(
  command: string,
  args: readonly string[],
  options?: ChildOptions,
): Promise<Outcome> {
  return new Child(command, args, options).outcome;
}

/** Runs a command that has to succeed, and returns what it printed. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options?: ChildOptions,
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0)
    throw new Error(`${command} ${args.join(' ')}: exit code ${code ?? '-'}: ${stderr}`);
  return stdout.toString();
}

function spawnWith(command: string, args: readonly string[], options: ChildOptions): ChildProcess {
  const { stdin, env, cwd } = options;
  const common = { ...(env && { env }), ...(cwd !== undefined && { cwd }) };
  if (stdin === undefined) {
    return spawn(command, args, { ...common, stdio: ['ignore', 'pipe', 'pipe'] });
  }
  if (typeof stdin === 'object' && 'file' in stdin) {
    const file = openSync(stdin.file, 'r');
    const child = spawn(command, args, { ...common, stdio: [file, 'pipe', 'pipe'] });
    closeSync(file);
    return child;
  }
  const child = spawn(command, args, { ...common, stdio: ['pipe', 'pipe', 'pipe'] });
  // A command may end before it has read everything; that is its own affair.
  child.stdin.on('error', () => undefined);
  if (typeof stdin === 'object') child.stdin.end(stdin.text);
  return child;
}

function outputsOf({ stdout, stderr }: ChildProcess): Record<'stdout' | 'stderr', Readable> {
  if (!stdout || !stderr) throw new Error('a child without its outputs');
  return { stdout, stderr };
}

const MAX_WAIT_MS = 100_000;

/** Waits for the first of these events, or for the deadline, and leaves no listener behind. */
async function firstOf(
  emitter: EventEmitter,
  names: readonly string[],
  deadline: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, deadline]);
  try {
    await Promise.race(names.map((name) => once(emitter, name, { signal })));
  } catch (cause) {
    if (!deadline.aborted) throw cause;
  } finally {
    over.abort();
  }
}
