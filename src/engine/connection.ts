import net from 'node:net';
import { Answer, type AnswerEvents } from './answer.ts';
import { ClosedEarly } from './errors.ts';
import { ReadMemory, type SpareMemory } from './memory.ts';

/**
 * One connection to the daemon, for one call at a time. It reads into memory that is used over and over, and reads
 * nothing that nobody takes, so that the daemon waits.
 */
export class DaemonConnection {
  readonly #socket: net.Socket;
  readonly #memory: ReadMemory;
  #answer: Answer | undefined;
  /** True once a call was answered on it: the daemon may have closed it since. */
  isUsed = false;

  /** @param socketPath path of the daemon's socket. */
  constructor(socketPath: string, spare: SpareMemory) {
    const memory = new ReadMemory(spare);
    this.#memory = memory;
    this.#socket = net.connect({
      path: socketPath,
      // The end of the answer may come before that of the request.
      allowHalfOpen: true,
      onread: {
        buffer: () => memory.next,
        // What was read into may not be what would be read into next: only Node knows.
        callback: (size, buffer) => this.#read(buffer as Buffer, size),
      },
    });
    this.#socket.on('error', (error) => {
      this.#answer?.fail(error);
    });
    this.#socket.once('end', () => {
      // Between two calls: the daemon has closed it.
      if (this.#answer === undefined) this.#socket.destroy();
      else this.#answer.ended();
    });
    this.#socket.once('close', () => {
      this.#answer?.fail(new ClosedEarly());
      // Whoever still writes what was read of it goes on; only what is all given back is used again.
      if (this.#answer === undefined) memory.giveBack();
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded;
  }

  /** Where a request's body goes, behind its head. */
  get socket(): net.Socket {
    return this.#socket;
  }

  /**
   * Sends the head of a request and waits for its answer.
   *
   * @param isHead true for HEAD, whose answer has no body.
   * @returns the answer to come.
   */
  ask(head: string, isHead: boolean, events: AnswerEvents): Answer {
    const answer = new Answer(
      this,
      { isHead },
      {
        answered: events.answered,
        failed: events.failed,
        free: () => {
          this.#answer = undefined;
          this.#memory.release();
          this.isUsed = true;
          // Whoever keeps it hears of it when the daemon closes it.
          this.resume();
          events.free();
        },
      },
    );
    this.#answer = answer;
    this.#socket.write(head, 'latin1');
    return answer;
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** @returns false where nothing more is to be read for now. */
  #read(buffer: Buffer, size: number): boolean {
    const bytes = buffer.subarray(0, size);
    this.#memory.note(size, buffer.length);
    const answer = this.#answer;
    // Behind an answer that has come whole there is nothing to come.
    const isWhole = answer?.isHeld ?? false;
    if (answer !== undefined && !isWhole) {
      const goesOn = answer.feed(bytes);
      if (goesOn && answer.isHeld) this.#memory.turn();
      return goesOn;
    }
    // Bytes that nobody asked for.
    this.#socket.destroy();
    return false;
  }
}
