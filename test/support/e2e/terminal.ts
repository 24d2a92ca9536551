import { join } from 'node:path';
import { Child, type Outcome } from './child.ts';
import { PYTHON } from './machine.ts';
import type { Cli, Endpoint } from './world.ts';

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** A docker client with a person at a terminal: typing, waiting for output, resizing. */
export class Terminal {
  readonly #child: Child;

  constructor(cli: Cli, endpoint: Endpoint, size: Size, args: readonly string[]) {
    const helper = join(import.meta.dirname, 'terminal.py');
    const command = [helper, `${size.rows}`, `${size.columns}`, cli.path, ...args];
    const env = { ...endpoint.env, TERM: 'xterm' };
    this.#child = new Child(PYTHON, command, { env, stdin: 'open' });
  }

  /** How the client ended; everything that it printed is in `stdout`. */
  get outcome(): Promise<Outcome> {
    return this.#child.outcome;
  }

  waitFor(pattern: RegExp): Promise<string> {
    return this.#child.waitFor(pattern);
  }

  type(text: string): void {
    this.#order({ type: text });
  }

  resize(size: Size): void {
    this.#order(size);
  }

  #order(order: object): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }
}
