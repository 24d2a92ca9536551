/** What `serve` tells the service manager that has started it. */
import { addressText } from '../app/listen.ts';
import type { ReloadEvent } from '../app/reload-events.ts';
import type { Gate } from '../app/serve.ts';
import type { ServiceManager } from '../notify/service-manager.ts';
import { formatStatus, type LastReload } from '../notify/status-text.ts';

/** After the calls in flight, the trail is ended and the process ends; ms. */
const LAST_WORDS_MS = 10_000;

export class ServiceNotices {
  readonly #manager: ServiceManager;
  /** ms since the epoch. */
  readonly #now: () => number;
  readonly #refused = new Map<ReloadEvent['what'], string>();
  #lastReload: LastReload | undefined;
  #gate: Gate | undefined;
  #stopping = false;

  constructor(manager: ServiceManager, now: () => number = Date.now) {
    this.#manager = manager;
    this.#now = now;
  }

  /** The gate serves, unless it has been told to stop meanwhile; from here on its health is watched. */
  started(gate: Gate): void {
    if (this.#stopping) return;
    this.#gate = gate;
    this.#ready();
    this.#manager.watch(() => gate.isListening());
  }

  /** To be called for each part of a reload. */
  heard({ what, cause, refused }: ReloadEvent): void {
    if (refused === undefined) this.#refused.delete(what);
    else this.#refused.set(what, refused);
    const all = [...this.#refused.values()].join(', ');
    const at = new Date(this.#now()).toISOString();
    this.#lastReload = { at, cause, refused: all === '' ? undefined : all };
    if (this.#gate !== undefined && !this.#stopping) this.#manager.status(this.#status());
  }

  /** Reads everything anew, because the service manager asked for it. */
  async reload(gate: Gate, cause: string): Promise<void> {
    if (this.#stopping) return;
    this.#manager.reloading();
    await gate.reload(cause);
    this.#ready();
  }

  /** @param graceMs how long calls in flight may take. */
  stopping(graceMs: number): void {
    this.#stopping = true;
    this.#manager.stopping(graceMs + LAST_WORDS_MS);
  }

  /** Another process is the service from now on. Rejects where the service manager was not told. */
  handOver(pid: number): Promise<void> {
    return this.#manager.mainPid(pid);
  }

  #ready(): void {
    if (!this.#stopping) this.#manager.ready(this.#status());
  }

  #status(): string {
    const { addresses = [], localSockets = [] } = this.#gate ?? {};
    const listening = [
      ...addresses.map((address) => `tcp://${addressText(address)}`),
      ...localSockets.map((path) => `unix://${path}`),
    ];
    return formatStatus({ listening, lastReload: this.#lastReload });
  }
}
