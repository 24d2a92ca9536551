import { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { Collector } from '../http/collector.ts';
import type { Turnstile } from './turnstile.ts';

/** A piece below this size costs more by being a piece than by its bytes. */
const TINY_BYTES = 256;
/** So many tiny pieces of a body pass as they come: most bodies that have any have no more. */
const FREE = 16;
/** With so many of them between two rests of its connection, a body waits for its turn. */
const MANY = 256;

/**
 * Makes the class of a server's requests, whose bodies may come in pieces of any size and still slow
 * nobody else: chunks, or TLS records, of a single byte.
 *
 * Node's parser hands over each piece by a call of `push`, and reads on from the connection as long
 * as there is something, up to 2 MiB in one round of the event loop: hundreds of thousands of
 * pieces. Here tiny pieces are put together until the round is over, and go on as one. Where there
 * are many, reading stops, and what was read goes on when the turnstile says so; the end of the body
 * too, so that a client gains nothing from sending many such bodies.
 */
export function requestsInTurns(turnstile: Turnstile): typeof IncomingMessage {
  return class PatientRequest extends IncomingMessage {
    #free = FREE;
    /** Tiny pieces since the body last went on, and the bytes in them. */
    #count = 0;
    #gathered: Collector | undefined;
    /** When the first of them came, in this round of the event loop. */
    #began: number | undefined;
    #waits = false;
    /** The end of the body has come, and waits too. */
    #ended = false;
    /** Somebody has asked for more, ever, and while the body waits. */
    #asked = false;
    #asksAgain = false;

    override push(piece: Buffer | null): boolean {
      if (this.#waits) return this.#keep(piece);
      if (piece !== null && piece.length < TINY_BYTES) {
        if (this.#free === 0) return this.#keep(piece);
        this.#free -= 1;
      } else this.#goOn();
      return super.push(piece);
    }

    override _read(size: number): void {
      // Before it was ever asked, Node takes a body for one that nobody wants, and drops it unheard.
      if (this.#waits && this.#asked) this.#asksAgain = true;
      else super._read(size);
      this.#asked = true;
    }

    /** @returns false where no more should be read. */
    #keep(piece: Buffer | null): boolean {
      if (piece === null) {
        this.#ended = true;
        return false;
      }
      if (this.#began === undefined) this.#begin(performance.now());
      this.#count += 1;
      this.#gathered ??= new Collector();
      this.#gathered.add(piece);
      if (this.#count === MANY) this.#wait();
      return !this.#waits && this.readableLength + this.#gathered.size < this.readableHighWaterMark;
    }

    #begin(now: number): void {
      this.#began = now;
      setImmediate(() => {
        this.#began = undefined;
        if (this.#waits) turnstile.rest(performance.now() - now);
        else this.#goOn();
      });
    }

    #wait(): void {
      this.#waits = true;
      turnstile.wait(() => {
        this.#waits = false;
        this.#goOn();
      });
    }

    /** Hands on what was kept. */
    #goOn(): void {
      const gathered = this.#gathered;
      this.#count = 0;
      this.#gathered = undefined;
      if (this.destroyed) return;
      if (gathered !== undefined) super.push(gathered.body);
      if (this.#ended) super.push(null);
      if (!this.#asksAgain) return;
      this.#asksAgain = false;
      super._read(0);
    }
  };
}
