import { parseInt64 } from '../docker-api/form.ts';
import { isObject, isString, readJsonValue, type Json } from '../docker-api/json/value.ts';
import type { Engine, EngineCall } from '../engine/types.ts';

/** More execs than these are not waited for; their exits are not told. */
const MOST_WAITING = 1_000;
/** Exits that came before somebody asked for them. */
const MOST_KEPT = 1_000;
/** An event is some hundred bytes, and the labels of a container. */
const LONGEST_LINE = 1024 * 1024;

const FILTERS = encodeURIComponent('{"event":["exec_die"],"type":["container"]}');

/**
 * Hears from the daemon how processes ended that go on after their call. Listens to its events while somebody
 * waits, and not otherwise.
 */
export class ExitWatch {
  readonly #engine: Engine;
  readonly #waiting = new Map<string, (exitCode: number) => void>();
  readonly #seen = new Map<string, number>();
  #events: EngineCall | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * @param exec its whole id.
   * @param since ms since the epoch, before the process began: the daemon repeats what it told since.
   * @param onExit told once, with the exit code; never where the daemon goes away before.
   */
  wait(exec: string, since: number, onExit: (exitCode: number) => void): void {
    const seen = this.#seen.get(exec);
    if (seen !== undefined) {
      onExit(seen);
      return;
    }
    if (this.#waiting.size >= MOST_WAITING) return;
    this.#waiting.set(exec, onExit);
    if (this.#events === undefined) void this.#listen(since);
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#events?.abort();
    this.#forget();
  }

  #forget(): void {
    this.#waiting.clear();
    this.#seen.clear();
    this.#events = undefined;
  }

  async #listen(since: number): Promise<void> {
    const call = this.#engine.call({
      method: 'GET',
      target: `/events?since=${(since / 1000).toFixed(3)}&filters=${FILTERS}`,
      headers: ['Host', 'docker', 'User-Agent', 'dockgate'],
      hasBody: false,
    });
    this.#events = call;
    try {
      await this.#hearAll(call);
    } catch {
      // The daemon went: with it went what was waited for.
    }
    call.abort();
    if (this.#events === call) this.#forget();
  }

  /** Resolves once nothing more is to be heard. */
  async #hearAll(call: EngineCall): Promise<void> {
    const answer = await call.response;
    let rest = '';
    await new Promise<void>((resolve) => {
      const piece = (bytes: Buffer, done: () => void): void => {
        const lines = `${rest}${bytes.toString()}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#hear(line);
        // Before anything else happens: whoever waits from here on listens anew.
        if (this.#waiting.size === 0) this.#forget();
        if (rest.length <= LONGEST_LINE && this.#events === call) done();
        else resolve();
      };
      const over = (): void => {
        resolve();
      };
      answer.read({ piece, end: over, broken: over });
    });
  }

  #hear(line: string): void {
    const exit = readExit(line);
    if (exit === undefined) return;
    const onExit = this.#waiting.get(exit.exec);
    this.#waiting.delete(exit.exec);
    if (onExit !== undefined) {
      onExit(exit.code);
      return;
    }
    this.#seen.set(exit.exec, exit.code);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_KEPT && oldest !== undefined) this.#seen.delete(oldest);
  }
}

/** `{"Type":"container","Action":"exec_die","Actor":{"Attributes":{"execID":"…","exitCode":"0",…}},…}`. */
function readExit(line: string): { readonly exec: string; readonly code: number } | undefined {
  const actor = fieldOf(readJsonValue(line), 'Actor');
  const attributes = fieldOf(actor, 'Attributes');
  const exec = fieldOf(attributes, 'execID');
  const code = fieldOf(attributes, 'exitCode');
  if (!isString(exec ?? null) || !isString(code ?? null)) return undefined;
  const number = parseInt64(code as string);
  return number === undefined ? undefined : { exec: exec as string, code: Number(number) };
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value.get(name) : undefined;
}
