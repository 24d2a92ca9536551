import net from 'node:net';
import type { Answer, AnswerSource } from './answer.ts';
import { ClosedEarly } from './errors.ts';
import { TwoBuffers } from './two-buffers.ts';
import type { TakePiece } from './types.ts';

/** As much as waits for a busy connection, in bytes. Node hands this on to its stream, though its types do not say so. */
const SOCKET = { allowHalfOpen: true, writableHighWaterMark: 1024 * 1024 };

/**
 * A connection for one call that may take it out of HTTP. What it reads is its answer first, and then whatever goes
 * through the tunnel.
 */
export class HijackedConnection implements AnswerSource {
  readonly socket: net.Socket;
  readonly #memory = new TwoBuffers();
  #answer: Answer | undefined;
  #take: TakePiece | undefined;
  /** Pieces that the tunnel's other side is not done with. */
  #lent = 0;

  /** @param socketPath path of the daemon's socket. */
  constructor(socketPath: string) {
    this.socket = net.connect({
      path: socketPath,
      ...SOCKET,
      onread: {
        buffer: () => this.#memory.next,
        // What was read into may not be what would be read into next: only Node knows.
        callback: (size, buffer) => this.#read(buffer as Buffer, size),
      },
    });
    // It stays: an error is never to go unheard.
    this.socket.on('error', (error) => {
      this.#answer?.fail(error);
    });
    this.socket.once('end', () => {
      this.#answer?.ended();
    });
    this.socket.once('close', () => {
      this.#answer?.fail(new ClosedEarly());
    });
  }

  answerWith(answer: Answer): void {
    this.#answer = answer;
  }

  /** It has left HTTP. @returns begins to read what comes through the tunnel. */
  leave(): (take: TakePiece) => void {
    this.#answer = undefined;
    this.socket.pause();
    return (take) => {
      this.#take = take;
      this.socket.resume();
    };
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** @returns false where nothing more is to be read for now. */
  #read(buffer: Buffer, size: number): boolean {
    const bytes = buffer.subarray(0, size);
    this.#memory.turn(size, buffer.length);
    const answer = this.#answer;
    if (answer !== undefined) {
      // Behind an answer that has come whole there is nothing to come.
      if (answer.isHeld) this.socket.destroy();
      else return answer.feed(bytes) && this.#answer !== undefined;
    }
    if (this.#take === undefined) return false;
    this.#lent += 1;
    this.#take(bytes, this.#return);
    return this.#lent < 2;
  }

  readonly #return = (): void => {
    this.#lent -= 1;
    if (this.#lent === 1) this.socket.resume();
  };
}
