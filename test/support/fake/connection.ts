import type { Socket } from 'node:net';
import { ByteSource } from './byte-source.ts';
import { deferred } from './deferred.ts';

/** How much of what came is kept for assertions; the count goes on beyond it. */
const KEEP = 1024 * 1024;

/** One accepted connection, with everything that came over it. */
export class FakeConnection {
  readonly source: ByteSource;
  /** What each read from the kernel gave, up to KEEP bytes altogether. */
  readonly segments: Buffer[] = [];
  /** Bytes received. */
  byteCount = 0;
  /** Resolves, with the system's error code if there was one, when both sides are closed. */
  readonly closed: Promise<string | undefined>;
  isOpen = true;
  readonly #socket: Socket;
  #error: string | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const { promise, resolve } = deferred<string | undefined>();
    this.closed = promise;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    socket.once('close', () => {
      this.isOpen = false;
      resolve(this.#error);
    });
    this.source = new ByteSource(socket, (chunk) => {
      if (this.byteCount < KEEP) this.segments.push(chunk);
      this.byteCount += chunk.length;
    });
  }

  /** Resolves when the peer has ended its side (half-closed or gone). */
  get peerEnded(): Promise<undefined> {
    return this.source.ended;
  }

  /** Every byte received so far (up to 1 MiB), as text. */
  get received(): string {
    return Buffer.concat(this.segments).toString('latin1');
  }

  /** Resolves when the kernel has the bytes: true, or false when the peer is gone. */
  write(bytes: Buffer | string): Promise<boolean> {
    return new Promise((resolve) => {
      const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
      this.#socket.write(data, (error) => {
        // Node reports no error for a write that a destroyed socket never finished.
        resolve(!error && !this.#socket.destroyed);
      });
    });
  }

  /** Half-close, like CloseWrite. */
  end(): void {
    this.#socket.end();
  }

  /** Both sides at once. With bytes of the peer left unread the kernel makes a reset of it. */
  destroy(): void {
    this.#socket.destroy();
  }
}
