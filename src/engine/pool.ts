import { DaemonConnection } from './connection.ts';
import { SpareMemory } from './memory.ts';

/** Idle connections kept for the next call. In use there may be any number: streams never queue. */
const MAX_IDLE = 64;

/** Connections to the daemon that have answered a call and wait for the next. */
export class ConnectionPool {
  readonly #socketPath: string;
  readonly #memory = new SpareMemory();
  readonly #idle: DaemonConnection[] = [];
  #isClosed = false;

  /** @param socketPath path of the daemon's socket. */
  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** A connection of one's own. */
  dial(): DaemonConnection {
    return new DaemonConnection(this.#socketPath, this.#memory);
  }

  /** The one that was used last, which is the least likely to be closed by the daemon; a new one where there is none. */
  take(): DaemonConnection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isOpen) return idle;
    }
    return this.dial();
  }

  /** For the next call. */
  give(connection: DaemonConnection): void {
    if (this.#isClosed || !connection.isOpen || this.#idle.length >= MAX_IDLE) connection.destroy();
    else this.#idle.push(connection);
  }

  /** Closes what is idle; what is in use closes when it is given back. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }
}
