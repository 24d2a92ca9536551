import type { Duplex } from 'node:stream';

/** A request as it goes to the daemon. Everything in it is written by us. */
export interface EngineRequest {
  readonly method: string;
  /** Canonical path and query. */
  readonly target: string;
  /** Name, value, name, value, … in the order in which they are sent; latin1. */
  readonly headers: readonly string[];
  /** True where a body follows, delimited as the headers say. */
  readonly hasBody: boolean;
}

/** Takes the body of an answer, piece by piece. */
export interface AnswerSink {
  /**
   * @param bytes the next piece. It stays as it is until `done` is called, and is then written over.
   * @param done says that the piece is not needed any more. While some are, nothing more is read, so that the daemon
   * waits for whoever takes its answer.
   */
  piece(bytes: Buffer, done: () => void): void;
  /** The body has arrived whole, by the daemon's own framing. @param trailers name, value, … */
  end(trailers: readonly string[]): void;
  /** The daemon broke off; nothing more will come. */
  broken(): void;
}

/** The head of the daemon's answer, and the means to get its body. */
export interface EngineResponse {
  readonly status: number;
  /** Reason phrase, as sent. */
  readonly statusText: string;
  /** Name, value, name, value, … in the daemon's order and case. */
  readonly headers: readonly string[];
  /** True where the daemon says how long the body is, or ends it with a last chunk; false: by closing, or there is none. */
  readonly isFramed: boolean;
  /**
   * Begins to hand over the body, once: what is here already at once, before this returns. Nothing is read of it
   * before, and what is not read holds the daemon back.
   */
  read(sink: AnswerSink): void;
}

/** Takes the body of a request. */
export interface EngineUpload {
  /** @returns false where the caller should wait for `drain`. */
  write(bytes: Buffer): boolean;
  /** Holds back what is written from now on. */
  cork(): void;
  /** Sends off what was held back. */
  uncork(): void;
  /** The body is whole, with these as its last bytes. */
  end(bytes?: Buffer): void;
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/** One ordinary call in flight. */
export interface EngineCall {
  /** Takes the request's body; undefined where there is none. */
  readonly body: EngineUpload | undefined;
  /**
   * The head of the final answer (interim ones are dropped).
   * Rejects with CallError `DAEMON_UNREACHABLE` or `DAEMON_BROKE_OFF`.
   */
  readonly response: Promise<EngineResponse>;
  /** Closes the connection to the daemon, which then stops what it does for this call. Later it does nothing. */
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
  /**
   * Takes what goes to the daemon, and tells the ends of both sides; half-open until both have ended. What comes from the daemon is
   * handed over by `read` alone.
   */
  readonly stream: Duplex;
  /** Bytes of the stream that arrived together with the head. */
  readonly head: Buffer;
  /** Begins to hand over what the daemon sends, once. Nothing is read before. */
  read(piece: TakePiece): void;
}

/**
 * Takes the next piece of a stream.
 *
 * @param bytes stay as they are until `done` is called, and are then written over.
 * @param done says that the piece is not needed any more. While two are, nothing more is read, so that the sender waits.
 */
export type TakePiece = (bytes: Buffer, done: () => void) => void;

/** The daemon behind the gate. The only thing in the gate that dials. */
export interface Engine {
  /** Sends an ordinary request; the caller streams the body. */
  call(request: EngineRequest): EngineCall;
  /**
   * Sends a request that may take its connection out of HTTP, on a connection of its own, head and
   * body in one write: the daemon drops what arrives in the same segments behind the request.
   *
   * @param signal gives the request up, and its ordinary answer; a tunnel is the caller's to close.
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
