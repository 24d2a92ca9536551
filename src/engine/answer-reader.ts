import { MalformedAnswer, readAnswerHead, type AnswerHead } from './answer-head.ts';
import { readKnownHead } from './known-heads.ts';

/** Told what an answer consists of, in order. */
export interface AnswerParts {
  /** The final head; interim ones (1xx) are dropped. @returns false where the connection leaves HTTP behind it. */
  head(head: AnswerHead): boolean;
  /** The next piece of body, a view of what was fed. */
  piece(bytes: Buffer): void;
  /** The body is whole. @param trailers name, value, …; empty for most. */
  end(trailers: readonly string[]): void;
}

/** Go accepts 1 MiB of head; the daemon's answers are held to the same, and trailers with them. */
const MAX_HEAD_BYTES = 1024 * 1024;
/** A chunk's size with its extensions. Go's limit is 4 KiB. */
const MAX_CHUNK_LINE = 4096;
const HEAD_END = Buffer.from('\r\n\r\n');
/** Of a status line (RFC 9112 section 4). */
const START = Buffer.from('HTTP/1.');
const LINE_END = Buffer.from('\r\n');
/** Of a chunk's size: up to 2^52 bytes. */
const MAX_DIGITS = 13;
/** What follows `;` means nothing to anybody. */
const CHUNK_SIZE = /^([0-9a-fA-F]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const NOTHING = Buffer.alloc(0);

type State = 'head' | 'length' | 'size' | 'chunk' | 'chunk-end' | 'trailers' | 'close' | 'over';

/**
 * Reads one answer out of the bytes of a connection, as they come, without keeping any of the body (RFC 9112
 * sections 6 and 7). Strict: the daemon sends nothing else.
 */
export class AnswerReader {
  readonly #parts: AnswerParts;
  readonly #isHead: boolean;
  #state: State = 'head';
  /** Bytes of body, or of its chunk, that are still to come. */
  #left = 0;
  /** The beginning of a line, or of the head, that has not come whole. */
  #pending: Buffer = NOTHING;
  readonly #trailers: string[] = [];

  /** @param isHead true for an answer to HEAD, which has no body. */
  constructor(parts: AnswerParts, isHead: boolean) {
    this.#parts = parts;
    this.#isHead = isHead;
  }

  /** True once the answer is whole, or the connection has left HTTP. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /**
   * @returns what of the bytes is behind the answer; empty for most.
   * @throws MalformedAnswer
   */
  feed(bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.length > 0 && this.#state !== 'over') rest = this.#step(rest);
    return rest;
  }

  /**
   * The daemon ended its side.
   *
   * @returns whether the answer is whole.
   */
  end(): boolean {
    if (this.#state === 'close') this.#finish([]);
    return this.#state === 'over';
  }

  /** @returns what is left of the bytes. */
  #step(bytes: Buffer): Buffer {
    switch (this.#state) {
      case 'head':
        this.#checkStart(bytes);
        return this.#takeUntil(HEAD_END, MAX_HEAD_BYTES, bytes, (text) => {
          this.#head(text);
        });
      case 'size':
        return (
          this.#plainSize(bytes) ??
          this.#takeUntil(LINE_END, MAX_CHUNK_LINE, bytes, (text) => {
            this.#chunk(text);
          })
        );
      case 'chunk-end':
        if (this.#isEmptyLine(bytes)) {
          this.#state = 'size';
          return bytes.subarray(2);
        }
        return this.#takeUntil(LINE_END, 0, bytes, () => {
          this.#state = 'size';
        });
      case 'trailers':
        if (this.#isEmptyLine(bytes)) {
          this.#finish(this.#trailers);
          return bytes.subarray(2);
        }
        return this.#takeUntil(LINE_END, MAX_HEAD_BYTES, bytes, (text) => {
          this.#trailer(text);
        });
      case 'length':
      case 'chunk':
        return this.#body(bytes);
      case 'close':
        this.#parts.piece(bytes);
        return NOTHING;
      case 'over':
        return bytes;
    }
  }

  /** What begins otherwise never gets an empty line, and need not be waited for. */
  #checkStart(bytes: Buffer): void {
    for (let at = this.#pending.length; at < START.length; at += 1) {
      const byte = bytes[at - this.#pending.length];
      if (byte === undefined) return;
      if (byte !== START[at]) throw new MalformedAnswer('no status line');
    }
  }

  #body(bytes: Buffer): Buffer {
    const piece = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= piece.length;
    this.#parts.piece(piece);
    if (this.#left === 0) {
      if (this.#state === 'chunk') this.#state = 'chunk-end';
      else this.#finish([]);
    }
    return bytes.subarray(piece.length);
  }

  #head(text: string): void {
    const head = readKnownHead(text, this.#isHead);
    if (head.status < 200 && head.status !== 101) return;
    const { framing } = head;
    this.#state = framing.kind === 'none' ? 'over' : STATES[framing.kind];
    if (framing.kind === 'length') this.#left = framing.length;
    if (!this.#parts.head(head)) this.#state = 'over';
    else if (framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0)) {
      this.#finish([]);
    }
  }

  /** A line of nothing but digits that has come whole, as nearly all have: no text is made of it. @returns what is behind it. */
  #plainSize(bytes: Buffer): Buffer | undefined {
    if (this.#pending.length > 0) return undefined;
    let size = 0;
    for (let at = 0; at <= MAX_DIGITS; at += 1) {
      const byte = bytes[at] ?? 0;
      const digit = DIGITS[byte] ?? NO_DIGIT;
      if (digit === NO_DIGIT) {
        if (at === 0 || byte !== CR || bytes[at + 1] !== LF) return undefined;
        this.#sized(size);
        return bytes.subarray(at + 2);
      }
      size = size * 16 + digit;
    }
    return undefined;
  }

  #isEmptyLine(bytes: Buffer): boolean {
    return this.#pending.length === 0 && bytes[0] === CR && bytes[1] === LF;
  }

  #chunk(text: string): void {
    const size = CHUNK_SIZE.exec(text)?.[1];
    if (size === undefined) throw new MalformedAnswer('a chunk without a size');
    this.#sized(Number.parseInt(size, 16));
  }

  #sized(size: number): void {
    this.#left = size;
    this.#state = size === 0 ? 'trailers' : 'chunk';
  }

  /** One line of the trailer section, which an empty one ends. */
  #trailer(text: string): void {
    if (text === '') {
      this.#finish(this.#trailers);
      return;
    }
    if (this.#trailers.length > 1_000) throw new MalformedAnswer('too many trailers');
    const { headers } = readAnswerHead(`HTTP/1.1 200\r\n${text}`, false);
    this.#trailers.push(...headers);
  }

  #finish(trailers: readonly string[]): void {
    this.#state = 'over';
    this.#parts.end(trailers);
  }

  /**
   * Waits for a mark; what stands before it is `done`'s.
   *
   * @param max bytes before the mark; more is malformed.
   */
  #takeUntil(mark: Buffer, max: number, bytes: Buffer, done: (text: string) => void): Buffer {
    const { length } = this.#pending;
    const all = length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const at = all.indexOf(mark, Math.max(0, length - mark.length + 1));
    // Without the mark its beginning may be there.
    if ((at < 0 ? all.length - mark.length + 1 : at) > max) {
      throw new MalformedAnswer('a head or a line that is too long');
    }
    if (at < 0) {
      // Behind a line end of another kind the mark may never come.
      if (hasBareLineFeed(all)) throw new MalformedAnswer('a line that does not end with CR LF');
      // A copy: what was fed is used again.
      this.#pending = length === 0 ? Buffer.from(all) : all;
      return NOTHING;
    }
    this.#pending = NOTHING;
    done(all.toString('latin1', 0, at));
    return all.subarray(at + mark.length);
  }
}

const NO_DIGIT = 16;
/** By byte: what it is worth as a hexadecimal digit. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const at = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return at < 0 ? NO_DIGIT : at;
});

const STATES = { length: 'length', chunked: 'size', close: 'close' } as const;

const LF = 0x0a;
const CR = 0x0d;

function hasBareLineFeed(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) return true;
  }
  return false;
}
