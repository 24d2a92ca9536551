import type { Duplex, Readable, Writable } from 'node:stream';

/** A request as it goes to the daemon. Everything in it is written by us. */
export interface EngineRequest {
  readonly method: string;
  /** Canonical path and query. */
  readonly target: string;
  /** Name, value, name, value, … in the order in which they are sent. */
  readonly headers: readonly string[];
  /** True where a body follows, delimited as the headers say. */
  readonly hasBody: boolean;
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
  /** Takes the request's body, `end()` says that it is whole; undefined where there is none. */
  readonly body: Writable | undefined;
  /**
   * The head of the final answer (interim ones are dropped).
   * Rejects with CallError `DAEMON_UNREACHABLE` or `DAEMON_BROKE_OFF`.
   */
  readonly response: Promise<EngineResponse>;
  /** Closes the connection to the daemon, which then stops what it does for this call. */
  abort(): void;
}

/**
 * The daemon took the connection out of HTTP: a raw two-way stream from here on. It does so with
 * a 101, or, where the request asked for no upgrade, with a 200 that has no length.
 */
export interface EngineTunnel {
  readonly status: 101 | 200;
  readonly statusText: string;
  readonly headers: readonly string[];
  /** Half-open until both sides have ended. */
  readonly stream: Duplex;
  /** Bytes of the stream that arrived together with the head. */
  readonly head: Buffer;
}

/** The daemon behind the gate. The only thing in the gate that dials. */
export interface Engine {
  /** Sends an ordinary request; the caller streams the body. */
  call(request: EngineRequest): EngineCall;
  /**
   * Sends a request that may take its connection out of HTTP, on a connection of its own, head and
   * body in one write: the daemon drops what arrives in the same segments behind the request.
   *
   * @param signal gives the request up while no answer has come.
   * @returns the tunnel where the daemon hijacked the connection, the ordinary answer otherwise.
   */
  hijack(
    request: EngineRequest,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<EngineTunnel | EngineResponse>;
  /** Closes idle connections; those in use end by themselves. */
  close(): void;
}
