import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** A request as it goes to the daemon. Everything in it is written by us. */
export interface EngineRequest {
  readonly method: string;
  /** Canonical path and query. */
  readonly target: string;
  /** Name, value, name, value, … in the order in which they are sent. */
  readonly headers: readonly string[];
}

/** The head of the daemon's answer, and its body as a stream. */
export interface EngineResponse {
  readonly status: number;
  /** Reason phrase, as sent. */
  readonly statusText: string;
  /** Name, value, name, value, … in the daemon's order and case. */
  readonly headers: readonly string[];
  readonly body: Readable;
  /** True once the body has arrived whole, by the daemon's own framing. */
  isComplete(): boolean;
  /** Trailers, known once the body has ended. */
  trailers(): readonly string[];
}

/** One ordinary call in flight. */
export interface EngineCall {
  /** The request's body; `end()` says that it is whole. */
  readonly body: Writable;
  /**
   * The head of the final answer (interim ones are dropped).
   * Rejects with CallError `DAEMON_UNREACHABLE` or `DAEMON_BROKE_OFF`.
   */
  readonly response: Promise<EngineResponse>;
  /** Closes the connection to the daemon, which then stops what it does for this call. */
  abort(): void;
}

/** The daemon agreed to upgrade: a raw two-way stream from here on. */
export interface EngineTunnel {
  readonly status: 101;
  readonly statusText: string;
  readonly headers: readonly string[];
  readonly socket: Socket;
  /** Bytes of the stream that arrived together with the head. */
  readonly head: Buffer;
}

/** The daemon behind the gate. The only thing in the gate that dials. */
export interface Engine {
  /** Sends an ordinary request; the caller streams the body. */
  call(request: EngineRequest): EngineCall;
  /**
   * Asks for an upgrade on a connection of its own, head and body in one write: the daemon drops
   * what arrives in the same segments behind the request.
   *
   * @returns the tunnel after a 101, the ordinary answer otherwise.
   */
  upgrade(
    request: EngineRequest,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<EngineTunnel | EngineResponse>;
  /** Closes idle connections; those in use end by themselves. */
  close(): void;
}
