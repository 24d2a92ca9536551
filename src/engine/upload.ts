import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { EngineRequest } from './types.ts';

type Done = (error?: Error | null) => void;

/**
 * Takes a request's body and sends it down its connection, delimited as the head says. What piles up while the
 * connection is busy goes out as one: TLS hands over 16 KiB at a time.
 */
export class Upload extends Writable {
  readonly #socket: Socket;
  readonly #chunked: boolean;

  constructor(socket: Socket, { headers }: EngineRequest) {
    super({ highWaterMark: HIGH_WATER, decodeStrings: false });
    this.#socket = socket;
    this.#chunked = isChunked(headers);
  }

  override _write(bytes: Buffer, _: string, done: Done): void {
    this.#send([bytes], bytes.length, done);
  }

  override _writev(pieces: { chunk: Buffer }[], done: Done): void {
    const bytes = pieces.map(({ chunk }) => chunk);
    const size = bytes.reduce((sum, { length }) => sum + length, 0);
    this.#send(bytes, size, done);
  }

  override _final(done: Done): void {
    if (this.#chunked) this.#socket.write(LAST_CHUNK, done);
    else done();
  }

  #send(pieces: readonly Buffer[], size: number, done: Done): void {
    if (size === 0) {
      done();
      return;
    }
    const socket = this.#socket;
    socket.cork();
    // All of it bytes: with text among them Node asks of each piece what it is.
    if (this.#chunked) socket.write(Buffer.from(`${size.toString(16)}\r\n`, 'latin1'));
    const last = this.#chunked ? undefined : pieces.at(-1);
    for (const piece of pieces) {
      if (piece === last) socket.write(piece, done);
      else socket.write(piece);
    }
    if (this.#chunked) socket.write(LINE_END, done);
    socket.uncork();
  }
}

const LINE_END = Buffer.from('\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** As much as waits for a busy connection, in bytes. */
const HIGH_WATER = 512 * 1024;

function isChunked(headers: readonly string[]): boolean {
  return headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'transfer-encoding');
}
