import { readFileSync } from 'node:fs';

/** A place in the daemon's log, to ask later which calls came after it. */
export class DaemonLog {
  readonly #file: string;
  readonly #start: number;

  constructor(file: string) {
    this.#file = file;
    this.#start = readFileSync(file).length;
  }

  /** The calls that the daemon has got since, as `METHOD /path` without the query. */
  calls(): string[] {
    const text = readFileSync(this.#file).subarray(this.#start).toString();
    const calls = text.matchAll(/msg="Calling ([A-Z]+) ([^"?]*)/g);
    return [...calls].map(([, method, path]) => `${method ?? ''} ${path ?? ''}`);
  }
}
