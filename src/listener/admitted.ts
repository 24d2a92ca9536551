import type { Socket } from 'node:net';
import type { Connection } from '../exchange.ts';
import { HttpConnection, type ConnectionEvents } from './http-connection.ts';

/** The connections of one server that may speak HTTP. */
export class Admitted {
  readonly #events: ConnectionEvents;
  readonly #bySocket = new WeakMap<object, HttpConnection>();
  readonly #open = new Set<HttpConnection>();
  #draining = false;

  constructor(events: ConnectionEvents) {
    this.#events = events;
  }

  /** To be called before the socket speaks HTTP. */
  add(socket: Socket, connection: Connection): void {
    const admitted = new HttpConnection(connection, socket, this.#events);
    this.#bySocket.set(socket, admitted);
    this.#open.add(admitted);
    socket.once('close', () => this.#open.delete(admitted));
    if (this.#draining) admitted.drain();
  }

  /** Undefined for whoever was not admitted. */
  of(socket: object): HttpConnection | undefined {
    return this.#bySocket.get(socket);
  }

  /** From now on the next answer of every connection is its last, and says so. */
  drain(): void {
    this.#draining = true;
    for (const connection of this.#open) connection.drain();
  }

  /** Closes connections on which no byte has come yet: clients open some ahead of use. */
  closeUnused(): void {
    for (const connection of this.#open) connection.closeUnused();
  }
}
