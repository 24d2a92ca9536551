import type { Socket } from 'node:net';
import { PageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import type { Connection, Outcome } from '../exchange.ts';
import type { Identification } from '../identity/identify.ts';
import { withdrawalOf } from '../identity/withdrawn.ts';

/** Clocks may be set, and machines sleep: the next moment is looked for at least so often, ms. */
const MAX_WAIT_MS = 60_000;

/** What the registry needs to know and to tell. */
export interface LiveDeps {
  readonly standing: Identification['standing'];
  /** ms since the epoch. */
  readonly now: () => number;
  /** Told of each connection that is closed here. */
  readonly onCut: (connection: Connection, reason: string) => void;
}

/**
 * The identified connections that are open, hijacked ones too. Closes each when its certificate
 * stops being worth anything: at once where that becomes known, and otherwise at that moment, for
 * which one timer waits.
 */
export class LiveConnections {
  readonly #deps: LiveDeps;
  readonly #open = new Map<Socket, Connection>();
  readonly #cut = new WeakMap<Connection, string>();
  #timer: NodeJS.Timeout | undefined;
  /** The moment that the timer waits for, ms since the epoch. */
  #next = Infinity;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Watches over a connection until it closes. */
  add(socket: Socket, connection: Connection): void {
    this.#open.set(socket, connection);
    socket.once('close', () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#stopTimer();
    });
    const endsAt = this.#deps.standing(connection.identity)?.endsAt ?? -Infinity;
    if (endsAt < this.#next) this.#waitUntil(endsAt);
  }

  /** Closes every connection whose certificate is worth nothing by now. To be called when trust changes. */
  sweep(): void {
    const now = this.#deps.now();
    let next = Infinity;
    for (const [socket, connection] of this.#open) {
      const standing = this.#deps.standing(connection.identity);
      if (standing === undefined) this.#end(socket, connection, 'certificate not known');
      else if (now < standing.endsAt) next = Math.min(next, standing.endsAt);
      else this.#end(socket, connection, withdrawalOf(standing));
    }
    this.#stopTimer();
    if (next !== Infinity) this.#waitUntil(next);
  }

  /** @returns a trail page on which a call that was cut with its connection says so, and why. */
  track(connection: Connection, page: CallTrail): CallTrail {
    return new CutPage(page, connection, this.#cut);
  }

  /** Watches no longer. */
  close(): void {
    this.#stopTimer();
    this.#open.clear();
  }

  #end(socket: Socket, connection: Connection, reason: string): void {
    this.#cut.set(connection, reason);
    this.#open.delete(socket);
    this.#deps.onCut(connection, reason);
    socket.destroy();
  }

  #waitUntil(moment: number): void {
    this.#stopTimer();
    this.#next = moment;
    const wait = Math.max(0, Math.min(moment - this.#deps.now(), MAX_WAIT_MS));
    this.#timer = setTimeout(() => {
      this.sweep();
    }, wait);
    this.#timer.unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#next = Infinity;
  }
}

class CutPage extends PageOver {
  readonly #connection: Connection;
  readonly #cut: WeakMap<Connection, string>;

  constructor(page: CallTrail, connection: Connection, cut: WeakMap<Connection, string>) {
    super(page);
    this.#connection = connection;
    this.#cut = cut;
  }

  override close(outcome: Outcome): void {
    const reason = outcome.end === 'complete' ? undefined : this.#cut.get(this.#connection);
    this.page.close(
      reason === undefined ? outcome : { ...outcome, end: 'certificate-ended', reason },
    );
  }
}
