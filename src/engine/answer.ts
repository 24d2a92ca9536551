import type { AnswerHead } from './answer-head.ts';
import { AnswerReader, type AnswerParts } from './answer-reader.ts';
import { ClosedEarly, Unasked } from './errors.ts';
import type { AnswerSink, EngineResponse } from './types.ts';

/** The connection that an answer comes from. */
export interface AnswerSource {
  /** Reads on, where reading was stopped. */
  resume(): void;
  destroy(): void;
}

/** What becomes of a call. Of `answered`, `left` and `failed` one is told, once. */
export interface AnswerEvents {
  readonly answered: (response: EngineResponse) => void;
  /** @param rest what came behind the head; a view of what was fed. */
  readonly left?: (head: AnswerHead, rest: Buffer) => void;
  readonly failed: (error: Error) => void;
  /** The answer has been taken whole, and the connection may be used again. */
  readonly free: () => void;
}

export interface AnswerOptions {
  /** True for an answer to HEAD. */
  readonly isHead: boolean;
  /** Whether the connection leaves HTTP behind a head; by default an upgrade is an error. */
  readonly leaves?: (head: AnswerHead) => boolean;
}

/**
 * The answer to one call, from the first byte of its head to the last of its body. What came is held until somebody
 * takes it, and nothing more is read until they are done with it, so there is never more of it than one read.
 */
export class Answer implements AnswerParts {
  readonly #source: AnswerSource;
  readonly #events: AnswerEvents;
  readonly #reader: AnswerReader;
  readonly #leaves: AnswerOptions['leaves'];
  #head: AnswerHead | undefined;
  #sink: AnswerSink | undefined;
  /** Pieces that came before there was a sink. */
  readonly #waiting: Buffer[] = [];
  /** Pieces that the sink is not done with. */
  #lent = 0;
  /** Nothing is read until those are back. */
  #isPaused = false;
  /** How the body ended, once it has. */
  #end: { readonly trailers: readonly string[] } | 'broken' | undefined;
  #isEndTold = false;
  /** True while the connection can be used again behind this answer. */
  #isClean = true;
  #isOver = false;

  constructor(source: AnswerSource, { isHead, leaves }: AnswerOptions, events: AnswerEvents) {
    this.#source = source;
    this.#events = events;
    this.#leaves = leaves;
    this.#reader = new AnswerReader(this, isHead);
  }

  /**
   * @param bytes what came from the daemon; they have to stay as they are until this has said that more may be read, and
   * for as long as `isHeld` says so.
   * @returns whether more may be read now. Otherwise the source is told to resume.
   */
  feed(bytes: Buffer): boolean {
    try {
      const rest = this.#reader.feed(bytes);
      if (this.#isLeaving) this.#leave(rest);
      // Bytes behind the answer belong to no call.
      else if (rest.length > 0) this.#isClean = false;
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    this.#settle();
    this.#isPaused = !this.#isOver && !this.#isReadable;
    return !this.#isPaused;
  }

  /**
   * True while somebody still uses what came, of an answer that has come whole. Reading goes on meanwhile, into other
   * memory: nothing more is to come, and to stop and start reading costs two system calls.
   */
  get isHeld(): boolean {
    return this.#isWhole && !this.#isOver;
  }

  /** The daemon ended its side in good order. */
  ended(): void {
    if (this.#isOver) return;
    this.#isClean = false;
    if (this.#reader.end()) this.#settle();
    else this.fail(new ClosedEarly());
  }

  /** Nothing more will come, and what came is not the whole. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isClean = false;
    this.#source.destroy();
    if (this.#head === undefined) {
      this.#isOver = true;
      this.#events.failed(error);
      return;
    }
    // An answer that has come whole is whole, whatever happens to its connection.
    this.#end ??= 'broken';
    this.#settle();
  }

  /** Nobody wants it any more. */
  abort(): void {
    if (this.#isOver) return;
    this.#waiting.length = 0;
    this.#end = undefined;
    this.fail(new ClosedEarly());
  }

  #isLeaving = false;

  /** For its reader: the head is here. */
  head(head: AnswerHead): boolean {
    this.#isLeaving = this.#leaves?.(head) === true;
    if (!this.#isLeaving && head.status === 101) throw new Unasked();
    this.#head = head;
    if (!this.#isLeaving) this.#events.answered(this.#response(head));
    return !this.#isLeaving;
  }

  /** For its reader: so is a piece of its body. */
  piece(bytes: Buffer): void {
    // Whoever took the one before may have given it up.
    if (this.#isOver) return;
    if (this.#sink === undefined) this.#waiting.push(bytes);
    else this.#lend(this.#sink, bytes);
  }

  /** For its reader: the body is whole. */
  end(trailers: readonly string[]): void {
    this.#end = { trailers };
  }

  #leave(rest: Buffer): void {
    this.#isOver = true;
    if (this.#head !== undefined) this.#events.left?.(this.#head, rest);
  }

  #response({ status, statusText, headers, framing }: AnswerHead): EngineResponse {
    return {
      status,
      statusText,
      headers,
      isFramed: framing.kind === 'length' || framing.kind === 'chunked',
      read: (sink) => {
        this.#sink = sink;
        const waiting = this.#waiting.splice(0);
        // All at once: who gives a piece back at once would hear of the end before the others came.
        this.#lent += waiting.length;
        for (const piece of waiting) {
          if (!this.#isOver) sink.piece(piece, this.#return);
        }
        this.#goOn();
      },
    };
  }

  /** Until there is a head something has to be read; then only what somebody takes. */
  get #isReadable(): boolean {
    if (this.#head === undefined || this.#isWhole) return true;
    return this.#sink !== undefined && this.#lent === 0;
  }

  get #isWhole(): boolean {
    return typeof this.#end === 'object';
  }

  #lend(sink: AnswerSink, bytes: Buffer): void {
    this.#lent += 1;
    sink.piece(bytes, this.#return);
  }

  readonly #return = (): void => {
    this.#lent -= 1;
    if (this.#lent === 0) this.#goOn();
  };

  #goOn(): void {
    this.#settle();
    if (this.#isOver || !this.#isPaused || !this.#isReadable) return;
    this.#isPaused = false;
    this.#source.resume();
  }

  /** Tells the end behind the last piece, and frees the connection once all pieces are back. */
  #settle(): void {
    const { trailers } = typeof this.#end === 'object' ? this.#end : {};
    if (this.#isOver || this.#end === undefined || this.#sink === undefined) return;
    if (!this.#isEndTold) {
      this.#isEndTold = true;
      if (trailers === undefined) this.#sink.broken();
      else this.#sink.end(trailers);
    }
    if (this.#lent > 0 && this.#isClean) return;
    this.#isOver = true;
    if (this.#isClean && this.#head?.keepAlive === true) this.#events.free();
    else this.#source.destroy();
  }
}
