import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

/**
 * Reads a notice a line, its assignments separated by tabs, hands it to systemd-notify(1), and answers with its exit
 * code and what it said. No part of a notice is ever read as shell. Signals to the gate's group are not for it: it has
 * to pass on the gate's last words, and ends with its input.
 */
const SCRIPT = [
  "trap '' HUP INT TERM",
  'set -f',
  "IFS='\t'",
  'while read -r line; do set -- $line; said=$(systemd-notify "$@" 2>&1)',
  `printf '%d\\t%s\\n' "$?" "$said"`,
  'done',
].join('; ');

/** A helper that dies this often without having passed on anything is given up. */
const MAX_DEATHS = 3;

const ENDED = 'the helper that sends notices ended';

interface Notice {
  readonly line: string;
  readonly onAnswer: ((failure: string | undefined) => void) | undefined;
}

export interface HelperOptions {
  /** Where notices go: a path, or an abstract name behind `@`. */
  readonly socket: string;
  /** The PATH on which systemd-notify is looked for. */
  readonly path: string | undefined;
  /** Told why a notice did not arrive. */
  readonly onFailure: (reason: string) => void;
}

/**
 * Passes notices on to systemd, in order, through one child that lives as long as the gate. Node.js has no datagram
 * sockets of the unix kind, and starting a program for each notice would hold the event loop for as long as it takes
 * to copy the page tables of a gate (decision 0022). The child keeps no process alive.
 */
export class NotifyHelper {
  readonly #options: HelperOptions;
  #child: ChildProcessWithoutNullStreams | undefined;
  /** Notices that have not been answered yet, the oldest first. */
  #waiting: Notice[] = [];
  #answers = '';
  #deaths = 0;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#start();
  }

  /** How many notices systemd has not taken yet. */
  get behind(): number {
    return this.#waiting.length;
  }

  /**
   * @param assignments such as `READY=1`; control characters in them become spaces.
   * @param onAnswer called once: without a reason where systemd took it.
   */
  send(assignments: readonly string[], onAnswer?: (failure: string | undefined) => void): void {
    const line = `${assignments.map(oneLine).join('\t')}\n`;
    this.#waiting.push({ line, onAnswer });
    if (this.#child === undefined) this.#start();
    else this.#child.stdin.write(line);
  }

  /** What was sent is still passed on. */
  close(): void {
    this.#deaths = MAX_DEATHS;
    this.#child?.stdin.end();
  }

  #start(): void {
    if (this.#deaths >= MAX_DEATHS) {
      for (const { onAnswer } of this.#waiting.splice(0)) onAnswer?.(ENDED);
      return;
    }
    const { socket, path } = this.#options;
    const env = { NOTIFY_SOCKET: socket, ...(path !== undefined && { PATH: path }) };
    const child = spawn('/bin/sh', ['-c', SCRIPT], { env, cwd: '/' });
    this.#child = child;
    unref(child);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#read(text);
    });
    child.once('error', (error) => {
      this.#ended(child, error.message);
    });
    child.once('close', () => {
      this.#ended(child, ENDED);
    });
    // Its end is told by `close`.
    child.stdin.on('error', () => undefined);
    for (const { line } of this.#waiting) child.stdin.write(line);
  }

  #read(text: string): void {
    const lines = (this.#answers + text).split('\n');
    this.#answers = lines.pop() ?? '';
    for (const line of lines) {
      const [code, said] = line.split('\t');
      this.#deaths = 0;
      const failure =
        code === '0' ? undefined : said === '' ? `exit code ${code ?? ''}` : (said ?? '');
      this.#waiting.shift()?.onAnswer?.(failure);
      if (failure !== undefined) this.#options.onFailure(failure);
    }
  }

  /** What it had not passed on is sent once more, by another one. */
  #ended(child: ChildProcessWithoutNullStreams, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#answers = '';
    if (this.#deaths >= MAX_DEATHS) return;
    this.#deaths += 1;
    this.#options.onFailure(reason);
    if (this.#waiting.length > 0) this.#start();
  }
}

function unref(child: ChildProcessWithoutNullStreams): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    // Pipes of a child are sockets, whatever their type says.
    (stream as unknown as { unref: () => void }).unref();
  }
}

/** Fields and lines are what tabs and line ends stand for. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what must not get through.
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}
