import { bodyTooLarge, CallError } from '../errors.ts';
import { Collector } from '../http/collector.ts';

const CR = 13;
const LF = 10;

/**
 * Each chunk costs as much as a large one. The bodies that come here are a few hundred bytes of JSON, of
 * which no client makes more chunks than bytes.
 */
const MAX_CHUNKS = 16_384;

type State = 'size' | 'data' | 'data-end' | 'trailer';

/**
 * Decodes one chunked body (RFC 9112 section 7.1), strictly: CRLF only, no chunk extensions, no
 * trailers. What a lenient reader could delimit otherwise is an error, and so are too many chunks.
 */
export class ChunkedDecoder {
  readonly #limit: number;
  #state: State = 'size';
  #pending: Buffer = Buffer.alloc(0);
  #left = 0;
  #size = 0;
  #chunks = 0;
  readonly #body = new Collector();

  /** @param limit the most that the decoded body may hold, in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * @param bytes the next bytes of the stream.
   * @returns the decoded body and what follows it, once it is whole; undefined until then.
   * @throws CallError `REQUEST_MALFORMED` or `BODY_TOO_LARGE`.
   */
  push(bytes: Buffer): { body: Buffer; rest: Buffer } | undefined {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      if (this.#state === 'data') {
        if (!this.#takeData()) return undefined;
        continue;
      }
      const line = this.#takeLine();
      if (line === undefined) return undefined;
      if (this.#state === 'size') this.#startChunk(line);
      else if (line !== '') malformed();
      else if (this.#state === 'data-end') this.#state = 'size';
      else return { body: this.#body.body, rest: this.#pending };
    }
  }

  /** A line up to CRLF, without it; size lines have at most eight digits. */
  #takeLine(): string | undefined {
    const end = this.#pending.indexOf(LF);
    if (end > 9 || (end < 0 && this.#pending.length > 9)) malformed();
    if (end < 0) return undefined;
    if (end === 0 || this.#pending[end - 1] !== CR) malformed();
    const line = this.#pending.toString('latin1', 0, end - 1);
    this.#pending = this.#pending.subarray(end + 1);
    return line;
  }

  #startChunk(line: string): void {
    if (!/^[0-9A-Fa-f]{1,8}$/.test(line)) malformed();
    this.#left = Number.parseInt(line, 16);
    this.#size += this.#left;
    if (this.#size > this.#limit) throw bodyTooLarge(this.#limit);
    if (this.#left > 0 && (this.#chunks += 1) > MAX_CHUNKS) tooMany();
    this.#state = this.#left === 0 ? 'trailer' : 'data';
  }

  /** @returns false while the chunk is not whole. */
  #takeData(): boolean {
    const piece = this.#pending.subarray(0, this.#left);
    this.#body.add(piece);
    this.#pending = this.#pending.subarray(piece.length);
    this.#left -= piece.length;
    if (this.#left > 0) return false;
    this.#state = 'data-end';
    return true;
  }
}

function malformed(): never {
  throw new CallError('REQUEST_MALFORMED', 'refused: a chunked body that is not well formed');
}

function tooMany(): never {
  throw new CallError('REQUEST_MALFORMED', `refused: a body in more than ${MAX_CHUNKS} chunks`);
}
