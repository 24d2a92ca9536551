import { spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Server } from 'node:net';
import type { Readable } from 'node:stream';
import type { Inheritance, Inherited } from './inherited.ts';

/** A listening socket, on its way to another process. */
export interface Passed {
  readonly server: Server;
  /** What it was opened for, as `--host` says it. */
  readonly origin: string;
  /** Of a socket that a service manager opened: what that calls it. */
  readonly inherited?: Inherited | undefined;
}

/** A program that is started to take over. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** What `_DOCKGATE_HANDED_OVER` says, as JSON. The settings of `serve` do not begin like that. */
interface Message {
  readonly predecessor: number;
  readonly sockets: readonly {
    readonly fd: number;
    readonly origin: string;
    readonly number?: number;
    readonly name?: string;
  }[];
}

/** What the new process says it is ready on; the sockets come behind it. */
const READY_FD = 3;

/** The longest that a new process may take to start, ms. */
const START_MS = 60_000;

/** The process that takes over. */
export interface Successor {
  readonly pid: number;
  /** Ends it. Resolves when it is gone, and its sockets with it. */
  end(): Promise<void>;
}

/**
 * Starts a program that inherits listening sockets, and waits until it says that it is ready. It shares standard input,
 * output and error with this process, and outlives it.
 *
 * @throws Error that says why it did not get ready; it is gone then.
 */
export async function startSuccessor(
  { command, args, env }: Program,
  sockets: readonly Passed[],
  withinMs = START_MS,
): Promise<Successor> {
  const message: Message = {
    predecessor: process.pid,
    sockets: sockets.map(({ origin, inherited }, at) => ({
      fd: READY_FD + 1 + at,
      origin,
      ...(inherited && { number: inherited.number, name: inherited.name }),
    })),
  };
  const child = spawn(command, [...args], {
    env: { ...env, _DOCKGATE_HANDED_OVER: JSON.stringify(message) },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', ...sockets.map(descriptorOf)],
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  const end = (): Promise<void> => {
    child.ref();
    child.kill('SIGKILL');
    return gone;
  };
  const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
  try {
    const said = await Promise.race([
      textOf(child.stdio[READY_FD] as Readable),
      new Promise<never>((_, reject) => child.once('error', reject)),
    ]);
    if (said === READY && child.pid !== undefined) return { pid: child.pid, end };
    // Whoever did not get ready must not go on listening.
    await end();
    throw new Error(
      said === '' ? 'the new process ended, or was too slow; its messages say why' : said,
    );
  } finally {
    clearTimeout(late);
    child.unref();
  }
}

const READY = 'ready';

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Node has no public name for it. */
function descriptorOf({ server }: Passed): number {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}

/** What a process that takes over knows of the one before, and tells it. */
export interface TakeOver {
  /** Process id of the one before. */
  readonly predecessor: number;
  readonly inheritance: Inheritance;
  /** Says that it is served from here on. */
  ready(): void;
  /** Says why this process does not take over. */
  failed(reason: string): void;
}

/**
 * Reads what the process before has handed over, and takes it out of the environment.
 *
 * @returns undefined where this process was started by itself.
 */
export function readTakeOver(env: NodeJS.ProcessEnv): TakeOver | undefined {
  const text = env['_DOCKGATE_HANDED_OVER'];
  if (text === undefined) return undefined;
  delete env['_DOCKGATE_HANDED_OVER'];
  const { predecessor, sockets } = JSON.parse(text) as Message;
  const left = [...sockets];
  const say = (word: string): void => {
    fs.writeSync(READY_FD, word);
    fs.closeSync(READY_FD);
  };
  return {
    predecessor,
    inheritance: {
      activated: left.flatMap(({ fd, number, name }) =>
        number === undefined || name === undefined ? [] : [{ fd, number, name }],
      ),
      takeOver: (address) => {
        const at = left.findIndex(
          ({ origin, number }) => origin === address && number === undefined,
        );
        return at < 0 ? undefined : left.splice(at, 1)[0]?.fd;
      },
      closeRest: () => {
        for (const { fd, number } of left) if (number === undefined) fs.closeSync(fd);
      },
    },
    ready: () => {
      say(READY);
    },
    failed: say,
  };
}
