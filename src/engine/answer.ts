import type { AnswerHead } from './answer-head.ts';
import { AnswerReader } from './answer-reader.ts';
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
  /** @param rest what came behind the head. */
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

interface Piece {
  readonly bytes: Buffer;
  readonly mayKeep: boolean;
}

/**
 * The answer to one call, from the first byte of its head to the last of its body. What came is held until somebody
 * takes it; meanwhile nothing more is read, so there is never more of it than one read.
 */
export class Answer {
  readonly #source: AnswerSource;
  readonly #events: AnswerEvents;
  readonly #reader: AnswerReader;
  readonly #waiting: Piece[] = [];
  #mayKeep = false;
  #head: AnswerHead | undefined;
  #sink: AnswerSink | undefined;
  /** The sink has asked for a pause. */
  #isHeld = false;
  /** How the body ended, once it has; told when all of it was taken. */
  #end: { readonly trailers: readonly string[] } | 'broken' | undefined;
  #hasLeft = false;
  #isClean = true;
  #isOver = false;

  constructor(source: AnswerSource, { isHead, leaves }: AnswerOptions, events: AnswerEvents) {
    this.#source = source;
    this.#events = events;
    this.#reader = new AnswerReader(
      {
        head: (head) => this.#begin(head, leaves),
        piece: (bytes) => {
          this.#take({ bytes, mayKeep: this.#mayKeep });
        },
        end: (trailers) => {
          this.#end = { trailers };
        },
      },
      isHead,
    );
  }

  /**
   * @param bytes what came from the daemon.
   * @param mayKeep true where they stay as they are; otherwise they do until this has said that more may be read.
   * @returns whether more may be read now.
   */
  feed(bytes: Buffer, mayKeep: boolean): boolean {
    this.#mayKeep = mayKeep;
    try {
      const rest = this.#reader.feed(bytes);
      if (this.#hasLeft) this.#leave(rest);
      // Bytes behind the answer belong to no call.
      else if (rest.length > 0) this.#isClean = false;
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    this.#settle();
    return this.#isOver || this.#head === undefined || this.#isReadable;
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
    this.#source.destroy();
    if (this.#head === undefined) {
      this.#isOver = true;
      this.#events.failed(error);
      return;
    }
    // An answer that has come whole is whole, whatever happens to its connection.
    this.#end ??= 'broken';
    this.#isClean = false;
    this.#settle();
  }

  /** Nobody wants it any more. */
  abort(): void {
    if (this.#isOver) return;
    this.#waiting.length = 0;
    this.#isHeld = false;
    this.#end = undefined;
    this.fail(new ClosedEarly());
  }

  #begin(head: AnswerHead, leaves: AnswerOptions['leaves']): boolean {
    this.#head = head;
    if (leaves?.(head) === true) {
      this.#hasLeft = true;
      return false;
    }
    if (head.status === 101) throw this.#unasked();
    this.#events.answered(this.#response(head));
    return true;
  }

  #unasked(): Unasked {
    this.#head = undefined;
    return new Unasked();
  }

  #leave(rest: Buffer): void {
    this.#isOver = true;
    const head = this.#head;
    if (head !== undefined) this.#events.left?.(head, rest);
  }

  #response({ status, statusText, headers, framing }: AnswerHead): EngineResponse {
    return {
      ...{ status, statusText, headers },
      isFramed: framing.kind === 'length' || framing.kind === 'chunked',
      read: (sink) => {
        this.#sink = sink;
        this.#goOn();
      },
      resume: () => {
        if (!this.#isHeld) return;
        this.#isHeld = false;
        this.#goOn();
      },
    };
  }

  get #isReadable(): boolean {
    return this.#sink !== undefined && !this.#isHeld && this.#waiting.length === 0;
  }

  #take(piece: Piece): void {
    if (this.#isReadable) this.#hand(piece);
    else this.#waiting.push(piece);
  }

  #hand({ bytes, mayKeep }: Piece): void {
    this.#isHeld = this.#sink?.piece(bytes, mayKeep) === false;
  }

  #goOn(): void {
    while (this.#sink !== undefined && !this.#isHeld) {
      const piece = this.#waiting.shift();
      if (piece === undefined) break;
      this.#hand(piece);
    }
    this.#settle();
    if (!this.#isOver && this.#isReadable) this.#source.resume();
  }

  /** Once all of it was taken, its end is told, and the connection is free. */
  #settle(): void {
    const end = this.#end;
    if (end === undefined || this.#isOver || !this.#isReadable) return;
    this.#isOver = true;
    if (end === 'broken') {
      this.#sink?.broken();
      return;
    }
    if (this.#isClean && this.#head?.keepAlive === true) {
      // Whoever keeps it hears of it when the daemon closes it.
      this.#source.resume();
      this.#events.free();
    } else this.#source.destroy();
    this.#sink?.end(end.trailers);
  }
}
