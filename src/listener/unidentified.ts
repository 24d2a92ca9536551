import type { Socket } from 'node:net';
import { sourceOf } from './source.ts';

/** Connections that have not shown a certificate yet, by where they come from. */
export class Unidentified {
  readonly #bySource = new Map<string, Set<Socket>>();
  readonly #sources = new WeakMap<Socket, string>();
  size = 0;

  add(socket: Socket): void {
    const source = sourceOf(socket);
    const those = this.#bySource.get(source) ?? new Set();
    this.#bySource.set(source, those.add(socket));
    // A socket does not tell its address once it is gone.
    this.#sources.set(socket, source);
    this.size += 1;
    socket.once('close', () => {
      this.delete(socket);
    });
  }

  /** It has been identified, or is gone. */
  delete(socket: Socket): void {
    const source = this.#sources.get(socket) ?? '';
    const those = this.#bySource.get(source);
    if (those?.delete(socket) !== true) return;
    this.size -= 1;
    if (those.size === 0) this.#bySource.delete(source);
  }

  /**
   * Who is to go where there is room for no more: the oldest connection of the source that has most of them, if the
   * newcomer's has fewer even with the newcomer. Otherwise the newcomer.
   */
  surplus(newcomer: Socket): Socket {
    let most: ReadonlySet<Socket> = new Set();
    for (const those of this.#bySource.values()) if (those.size > most.size) most = those;
    const own = this.#bySource.get(sourceOf(newcomer))?.size ?? 0;
    const [oldest] = most;
    return oldest !== undefined && own + 1 < most.size ? oldest : newcomer;
  }
}
