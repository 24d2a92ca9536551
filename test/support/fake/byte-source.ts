import type { Duplex } from 'node:stream';
import { deferred } from './deferred.ts';

/** Bytes taken off the stream ahead of need; beyond this they stay in the kernel. */
const READ_AHEAD = 64 * 1024;

/**
 * The bytes of one socket, pulled. What nobody asks for is not read (beyond READ_AHEAD), so that a
 * slow reader in a test is a slow reader on the wire.
 */
export class ByteSource {
  /** Resolves when the peer has ended its side, or the socket has failed or closed. */
  readonly ended: Promise<undefined>;
  readonly #stream: Duplex;
  readonly #onChunk: (chunk: Buffer) => void;
  #queue: Buffer[] = [];
  #queued = 0;
  #isEnded = false;
  #wake: (() => void)[] = [];

  constructor(stream: Duplex, onChunk: (chunk: Buffer) => void = () => undefined) {
    this.#stream = stream;
    this.#onChunk = onChunk;
    const { promise, resolve } = deferred();
    this.ended = promise;
    const finish = () => {
      this.#isEnded = true;
      this.#wakeAll();
      resolve(undefined);
    };
    stream.on('readable', () => {
      this.#pump();
    });
    stream.once('end', finish);
    stream.once('close', finish);
    this.#pump();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Next bytes, whatever their number; undefined at the end. */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk !== undefined) {
        this.#queued -= chunk.length;
        this.#pump();
        return chunk;
      }
      if (this.#isEnded) return undefined;
      await this.#moreOrEnd();
    }
  }

  /** Exactly `length` bytes, or fewer when the stream ends first. */
  async readExactly(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const chunk = await this.read();
      if (chunk === undefined) break;
      if (chunk.length > missing) this.unread(chunk.subarray(missing));
      const part = chunk.subarray(0, missing);
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Up to and including `end`; undefined when the stream ends before it. */
  async readUntil(end: string): Promise<Buffer | undefined> {
    let seen: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = await this.read();
      if (chunk === undefined) {
        if (seen.length > 0) this.unread(seen);
        return undefined;
      }
      seen = Buffer.concat([seen, chunk]);
      const at = seen.indexOf(end, Math.max(0, seen.length - chunk.length - end.length));
      if (at < 0) continue;
      if (at + end.length < seen.length) this.unread(seen.subarray(at + end.length));
      return seen.subarray(0, at + end.length);
    }
  }

  /** Everything until the end. */
  async readAll(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) {
      parts.push(chunk);
    }
    return Buffer.concat(parts);
  }

  unread(chunk: Buffer): void {
    this.#queue.unshift(chunk);
    this.#queued += chunk.length;
  }

  /** What has been read ahead and not been asked for yet; it is gone from the source. */
  takeBuffered(): Buffer {
    const taken = Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queued = 0;
    this.#pump();
    return taken;
  }

  #pump(): void {
    while (this.#queued < READ_AHEAD) {
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk === null) break;
      this.#onChunk(chunk);
      this.#queue.push(chunk);
      this.#queued += chunk.length;
    }
    if (this.#queued > 0) this.#wakeAll();
  }

  #moreOrEnd(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
