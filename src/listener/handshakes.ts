import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Allowance } from './allowance.ts';
import { sourceOf } from './source.ts';

/** A handshake takes about a millisecond; so many are begun in one round of the event loop. */
const IN_A_ROUND = 2;

/** From so many sources on, those that have long been gone are looked for. */
const MANY_SOURCES = 1_000;

/** How handshakes are shared out among those who want them. */
export interface Shares {
  /** So many a second for each source, while another one has a connection; 0: no limit. */
  readonly perSecond: number;
  /** ms on a clock that does not jump. */
  readonly now?: () => number;
}

/**
 * Has the handshakes of a server begin few at a time. Connections that come together would all have
 * their first flight answered in one round of the event loop, 100 ms for a hundred of them, and
 * everybody else would wait for that.
 *
 * Sources take turns, so that nobody waits for the many of somebody else. One that wants more than its share waits for
 * it, unless it is the only one: what it asks for would cost the others their time. Those that have to wait keep their order;
 * nothing of them is looked at meanwhile, and one that goes is forgotten.
 *
 * To be called before anybody else listens for connections of the server.
 */
export function beginHandshakesInTurns(server: Server, shares: Shares): void {
  const handshakes = server.listeners('connection');
  server.removeAllListeners('connection');
  const queue = new HandshakeQueue(shares, (socket) => {
    for (const listener of handshakes) listener.call(server, socket);
  });
  server.on('connection', (socket: Socket) => {
    queue.join(socket);
  });
}

/** One of those that connections come from. */
interface Source {
  readonly name: string;
  /** In the order in which they came. */
  readonly waiting: Set<Socket>;
  readonly allowance: Allowance;
  /** Its connections, whatever became of their handshakes. */
  open: number;
}

class HandshakeQueue {
  readonly #begin: (socket: Socket) => void;
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #sources = new Map<string, Source>();
  #lookAgainAt = MANY_SOURCES;
  /** Of the sources, how many have a connection. */
  #connected = 0;
  /** Those of which somebody waits; the first has the next turn. */
  readonly #line = new Set<Source>();
  #begun = 0;
  #round: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ perSecond, now }: Shares, begin: (socket: Socket) => void) {
    this.#perSecond = perSecond;
    this.#now = now ?? (() => performance.now());
    this.#begin = begin;
  }

  join(socket: Socket): void {
    // Closed by whoever heard of it first.
    if (socket.destroyed) return;
    const source = this.#enter(socket);
    if (this.#round === undefined) this.#round = setImmediate(this.#nextRound);
    const isFree = this.#begun < IN_A_ROUND && this.#line.size === 0;
    if (isFree && this.#wait(source) === 0) {
      this.#start(source, socket);
      return;
    }
    // Nobody else hears of one that goes before its turn.
    socket.on('error', () => undefined);
    source.waiting.add(socket);
    this.#line.add(source);
  }

  #enter(socket: Socket): Source {
    const name = sourceOf(socket);
    const source = this.#sources.get(name) ?? this.#newSource(name);
    if (source.open === 0) this.#connected += 1;
    source.open += 1;
    socket.once('close', () => {
      this.#leave(source, socket);
      source.open -= 1;
      if (source.open > 0) return;
      this.#connected -= 1;
      this.#forget(source);
    });
    return source;
  }

  #newSource(name: string): Source {
    if (this.#sources.size >= this.#lookAgainAt) {
      for (const source of this.#sources.values()) this.#forget(source);
      this.#lookAgainAt = Math.max(MANY_SOURCES, 2 * this.#sources.size);
    }
    const allowance = new Allowance(this.#perSecond, this.#now());
    const source = { name, waiting: new Set<Socket>(), allowance, open: 0 };
    this.#sources.set(name, source);
    return source;
  }

  /** It waits no more. */
  #leave(source: Source, socket: Socket): void {
    source.waiting.delete(socket);
    if (source.waiting.size === 0) this.#line.delete(source);
  }

  /** One that has used of its share is remembered until it would have all of it again. */
  #forget({ name, open, allowance }: Source): void {
    if (open === 0 && allowance.isFull(this.#now())) this.#sources.delete(name);
  }

  /** ms until a handshake of this source may begin. */
  #wait({ allowance }: Source): number {
    const isAlone = this.#connected === 1;
    return isAlone || this.#perSecond === 0 ? 0 : allowance.wait(this.#now());
  }

  #start({ allowance }: Source, socket: Socket): void {
    allowance.take(this.#now());
    this.#begun += 1;
    this.#begin(socket);
  }

  readonly #nextRound = (): void => {
    clearTimeout(this.#timer);
    this.#round = undefined;
    this.#begun = 0;
    let soonest = Infinity;
    // Until as many in a row may not as there are.
    for (let late = 0; late < this.#line.size && this.#begun < IN_A_ROUND;) {
      const wait = this.#nextTurn();
      late = wait === 0 ? 0 : late + 1;
      if (wait > 0) soonest = Math.min(soonest, wait);
    }
    if (this.#begun > 0) this.#round = setImmediate(this.#nextRound);
    else if (this.#line.size > 0) this.#timer = setTimeout(this.#nextRound, Math.ceil(soonest));
  };

  /** Gives the first source in the line its turn. @returns ms until it may have it, where it may not now. */
  #nextTurn(): number {
    const [source] = this.#line;
    if (source === undefined) return 0;
    // To the end of the line.
    this.#line.delete(source);
    this.#line.add(source);
    const wait = this.#wait(source);
    const [socket] = source.waiting;
    if (wait === 0 && socket !== undefined) {
      this.#leave(source, socket);
      if (!socket.destroyed) this.#start(source, socket);
    }
    return wait;
  }
}
