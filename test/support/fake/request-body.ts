import type { ByteSource } from './byte-source.ts';
import { headerValues, type HeaderLine, type RequestHead } from './request-head.ts';

/** The body of one request, read as Go reads it: chunked wins over Content-Length. */
export class RequestBody implements AsyncIterable<Buffer> {
  /** Lines after the last chunk. */
  readonly trailers: HeaderLine[] = [];
  /** Whether the body ended by its own framing; false when the connection ended first. */
  isComplete = false;
  /** Body bytes read so far. */
  byteCount = 0;
  readonly framing: 'chunked' | 'length' | 'none';
  readonly #source: ByteSource;
  #left: number;
  #reader: AsyncGenerator<Buffer> | undefined;

  constructor(source: ByteSource, head: RequestHead) {
    this.#source = source;
    this.#left = Number(headerValues(head, 'content-length')[0] ?? '0');
    const chunked = headerValues(head, 'transfer-encoding').length > 0;
    this.framing = chunked ? 'chunked' : this.#left > 0 ? 'length' : 'none';
    this.isComplete = this.framing === 'none';
  }

  /** The rest of the body. Pulling from several places continues one reading. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    this.#reader ??= this.#read();
    const reader = this.#reader;
    // No return(): a `for await` that breaks off must not finish the shared reader.
    return { next: () => reader.next() };
  }

  async readAll(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this) parts.push(part);
    return Buffer.concat(parts);
  }

  /** Like json.Decoder: reads until a value is whole and not a byte further. */
  async readJson(): Promise<unknown> {
    let text = '';
    for await (const part of this) {
      text += part.toString('utf8');
      try {
        return JSON.parse(text) as unknown;
      } catch {
        continue;
      }
    }
    return undefined;
  }

  async *#read(): AsyncGenerator<Buffer> {
    if (this.framing === 'chunked') yield* this.#readChunks();
    else yield* this.#readLength();
  }

  async *#readLength(): AsyncGenerator<Buffer> {
    yield* this.#take();
    this.isComplete = this.#left === 0;
  }

  async *#readChunks(): AsyncGenerator<Buffer> {
    for (;;) {
      const line = await this.#line();
      if (line === undefined) return;
      this.#left = Number.parseInt(line, 16);
      if (!(this.#left > 0)) break;
      yield* this.#take();
      if (this.#left > 0 || (await this.#line()) === undefined) return;
    }
    await this.#readTrailers();
  }

  async #readTrailers(): Promise<void> {
    for (;;) {
      const line = await this.#line();
      if (line === undefined) return;
      if (line === '') break;
      const [name = '', ...value] = line.split(':');
      this.trailers.push([name, value.join(':').trim()]);
    }
    this.isComplete = true;
  }

  async *#take(): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      const chunk = await this.#source.read();
      if (chunk === undefined) return;
      const part = chunk.subarray(0, this.#left);
      if (part.length < chunk.length) this.#source.unread(chunk.subarray(part.length));
      this.#left -= part.length;
      this.byteCount += part.length;
      yield part;
    }
  }

  async #line(): Promise<string | undefined> {
    const line = await this.#source.readUntil('\n');
    return line?.toString('latin1').replace(/\r?\n$/, '');
  }
}
