import { setTimeout as delay } from 'node:timers/promises';
import type { Trail } from '../audit/trail.ts';
import type { Config } from '../config/schema.ts';
import { CommandError, systemCode } from '../errors.ts';
import { fingerprintOf } from '../pki/fingerprint.ts';
import type { Log } from './log.ts';
import { readMaterial, readTrust, requireSuccessor, type Material } from './material.ts';
import { overdue } from './lists-check.ts';

/** A writer may be between two files: what does not fit together is read once more after so long, ms. */
const SECOND_LOOK_MS = 250;

export interface ReloadDeps {
  readonly config: Config;
  readonly log: Log;
  readonly trail: Pick<Trail, 'gate'>;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Puts material into force; in one go, so that nothing sees half of it. */
  readonly apply: (material: Material) => void;
}

/**
 * Keeps what a gate knows from files up to date. A set that does not fit together is refused as a
 * whole, and what was in force stays in force; only what withdraws trust does not wait for the rest:
 * revocations are taken over from a good list although the server's pair beside it is bad.
 */
export class Reload {
  readonly #deps: ReloadDeps;
  #current: Material;
  #problem: CommandError | undefined;
  #running: Promise<void> = Promise.resolve();

  /** @param material what is in force. */
  constructor(material: Material, deps: ReloadDeps) {
    this.#current = material;
    this.#deps = deps;
  }

  /** What is in force. */
  get current(): Material {
    return this.#current;
  }

  /**
   * Reads all files anew. Resolves when that is done, well or not; one line in the log and one in the
   * trail say which.
   *
   * @param cause for the log: what made the gate look.
   */
  run(cause: string): Promise<void> {
    this.#running = this.#running.then(() => this.#reload(cause));
    return this.#running;
  }

  /** Says again what is wrong with the files, and which lists are out of date. To be called daily. */
  remind(): void {
    const { log, now } = this.#deps;
    if (this.#problem !== undefined) {
      log.error(detailOf(this.#problem), 'the last reload was refused; older material is in force');
    }
    for (const { crl, path } of overdue(this.#current.lists, now())) {
      log.warn(
        { file: path, nextUpdate: crl.nextUpdate?.toISOString() },
        'a revocation list is out of date; it stays in force, and its issuer should be asked for a newer one',
      );
    }
  }

  async #reload(cause: string): Promise<void> {
    const { log, trail } = this.#deps;
    let problem = this.#attempt();
    let revocations = 'kept';
    if (problem !== undefined) {
      // At once: what withdraws trust does not wait for the rest.
      revocations = this.#takeRevocations() ? 'reloaded' : 'kept';
      await delay(SECOND_LOOK_MS, undefined, { ref: false });
      problem = this.#attempt();
    }
    this.#problem = problem;
    const server = fingerprintOf(this.#current.server);
    if (problem === undefined) {
      log.info({ cause, server }, 'reloaded certificates and revocation lists');
      trail.gate('gate-reload', { cause, result: 'accepted', server });
      this.remind();
      return;
    }
    log.error(
      { cause, revocations, ...detailOf(problem) },
      'a reload was refused; the certificates before it stay in force',
    );
    trail.gate('gate-reload', { cause, result: 'refused', reason: problem.message, revocations });
  }

  /** @returns what is wrong with the files, having put nothing into force. */
  #attempt(): CommandError | undefined {
    const { config, now, apply } = this.#deps;
    try {
      const material = readMaterial(config, now());
      requireSuccessor(config, this.#current, material);
      apply(material);
      this.#current = material;
      return undefined;
    } catch (error) {
      return asCommandError(error);
    }
  }

  /** @returns true where the lists and the inventory are good, whatever the rest is. */
  #takeRevocations(): boolean {
    const { config, apply } = this.#deps;
    try {
      const material = { ...this.#current, ...readTrust(config, this.#current.credentials) };
      requireSuccessor(config, this.#current, material);
      apply(material);
      this.#current = material;
      return true;
    } catch {
      return false;
    }
  }
}

function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  return new CommandError(
    'CERTIFICATE_INVALID',
    `the certificates cannot be used: ${systemCode(error)}`,
    'look at them with "dockgate doctor"',
    { cause: error },
  );
}

const detailOf = ({ message, hint }: CommandError) => ({ reason: message, hint });
