import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CallError, systemCode } from '../errors.ts';
import type { Connection, Exchange } from '../exchange.ts';
import { rawError } from '../http/answer.ts';
import { lingerClose } from '../http/linger.ts';
import { takeOver } from './take-over.ts';
import { Turns } from './turns.ts';

/** How long a connection may wait for its next request, or for its first, ms. */
export const IDLE_MS = 5 * 60_000;

/** What a connection hands on. */
export interface ConnectionEvents {
  /** Takes each request; resolves when it has been answered. */
  readonly onExchange: (exchange: Exchange) => Promise<void>;
  /** Told of bytes that are no HTTP request. */
  readonly onMalformed: (connection: Connection, reason: string) => void;
}

/** A request in one of the forms in which Node hands it over. */
export interface Arrival {
  readonly request: IncomingMessage;
  /** Absent for an upgrade or CONNECT, whose socket has left Node's HTTP parser. */
  readonly response?: ServerResponse;
  readonly upgrade?: { readonly socket: Duplex; readonly head: Buffer };
  readonly expectsContinue?: boolean;
}

/**
 * One identified connection that speaks HTTP: turns what Node hands over into exchanges, one at a
 * time, and answers what is no request.
 */
export class HttpConnection {
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #turns = new Turns();
  #current: IncomingMessage | undefined;
  #response: ServerResponse | undefined;
  #draining = false;
  /** Why no further request of this connection is served. */
  #over: string | undefined;
  /** True once bytes came that are no request. */
  #refused = false;
  /** Somebody waits for an answer to leave, which it will not where the connection goes. */
  #onClosed: (() => void) | undefined;

  constructor(connection: Connection, socket: Socket, events: ConnectionEvents) {
    this.#connection = connection;
    this.#socket = socket;
    this.#events = events;
    socket.once('close', () => {
      this.#over ??= 'the connection was gone before its turn came';
      this.#onClosed?.();
    });
    // What Node calls behind an answer that is the last. Its own way resets a peer that still sends.
    socket.destroySoon = () => {
      lingerClose(socket, this.#current?.complete === false ? this.#current : socket);
    };
  }

  /** Serves a request after those that came before it. */
  arrive(arrival: Arrival): void {
    const { upgrade } = arrival;
    // It may have to wait, and a socket error meanwhile must not go unheard.
    upgrade?.socket.on('error', () => undefined);
    // Node has then stopped to read, and the upgrade took away what would have started it again.
    const isStuck = upgrade?.socket.writableNeedDrain === true;
    const taken = this.#turns.take(() => this.#serve(arrival, isStuck).catch(this.#fail));
    if (taken) return;
    this.#events.onMalformed(this.#connection, 'refused: too many requests without an answer');
    this.#socket.destroy();
  }

  async #serve(arrival: Arrival, isStuck: boolean): Promise<void> {
    const { request, response, upgrade } = arrival;
    this.#current = request;
    this.#response = response;
    this.#endAfterAnswer();
    if (isStuck) this.#over ??= STUCK;
    // Node gives a response its socket when the answers before it have left, or never.
    if (response?.socket === null) this.#over ??= ENDED;
    await this.#events.onExchange(this.#exchange(arrival));
    if (isStuck && upgrade !== undefined) lingerClose(upgrade.socket, upgrade.socket);
    // RFC 9112 section 9.6: behind an answer that ends the connection nothing is served.
    if (this.#socket.writableEnded || response?.shouldKeepAlive === false) this.#over ??= ENDED;
    await this.#left(response);
  }

  /** Whatever goes wrong in serving one connection ends that one, and not the gate. */
  readonly #fail = (error: unknown): void => {
    this.#events.onMalformed(
      this.#connection,
      `refused: it could not be served (${String(error)})`,
    );
    this.#socket.destroy();
  };

  /** From now on the next answer is the last, and says so (RFC 9112 section 9.6). */
  drain(): void {
    this.#draining = true;
    this.#endAfterAnswer();
  }

  /** Closes the connection where nothing has come on it. */
  closeUnused(): void {
    if (this.#socket.bytesRead === 0) this.#socket.destroy();
  }

  /** Answers bytes that Node's parser refuses, once what came before them is answered. */
  refuse(error: Error): void {
    if (this.#over !== undefined || this.#refused) return;
    const code = systemCode(error);
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && this.#socket.bytesRead === 0) {
      this.#allowIdle();
      return;
    }
    if (code === 'ECONNRESET' || !this.#socket.writable) {
      this.#socket.destroy();
      return;
    }
    const reason = `refused: ${REASONS[code] ?? `not a well-formed HTTP/1.1 request (${code})`}`;
    this.#refused = true;
    if (this.#turns.busy && this.#current?.complete === false) {
      this.#breakOff(this.#current, code, reason);
      return;
    }
    // Whole requests that came before these bytes are still served.
    if (!this.#turns.busy) this.#over = reason;
    this.#events.onMalformed(this.#connection, reason);
    if (!this.#turns.busy) this.#answerMalformed(reason);
    else {
      this.#turns.take(() => {
        this.#answerMalformed(reason);
        return Promise.resolve();
      });
    }
  }

  /** Requests that wait already are served before the end. */
  #endAfterAnswer(): void {
    const response = this.#response;
    if (!this.#draining || this.#turns.waiting > 0 || response === undefined) return;
    if (!response.headersSent) response.shouldKeepAlive = false;
  }

  /**
   * Inside a body nothing is left to answer that would be read as an answer. The call under way
   * ends, and its own line says why; a client that merely ended is gone, and refused nothing.
   */
  #breakOff(request: IncomingMessage, code: string, reason: string): void {
    this.#over = reason;
    const ended = code === 'HPE_INVALID_EOF_STATE';
    request.destroy(ended ? undefined : new CallError('REQUEST_MALFORMED', reason));
    this.#socket.destroy();
  }

  /**
   * Go clients open connections ahead of use. Node counts the time before the first byte as part
   * of the first head; here it is idle time, and such a connection ends without a word.
   */
  #allowIdle(): void {
    const timer = setTimeout(() => {
      if (this.#socket.bytesRead === 0) this.#socket.destroy();
    }, IDLE_MS);
    this.#socket.once('close', () => {
      clearTimeout(timer);
    });
  }

  #answerMalformed(reason: string): void {
    if (!this.#socket.writable) return;
    this.#socket.write(rawError(400, reason));
    lingerClose(this.#socket, this.#socket);
  }

  #exchange({ request, response, upgrade, expectsContinue = false }: Arrival): Exchange {
    return {
      connection: this.#connection,
      request,
      response: response ?? responseOn(request, upgrade?.socket ?? request.socket),
      upgrade,
      over: this.#over,
      expectsContinue,
      takeOver: () => {
        this.#over = 'it came behind a call that had taken the connection';
        return takeOver(request.socket);
      },
    };
  }

  /** The answer has left, or nobody is there to take it. One listener for all answers of the connection. */
  #left(response: ServerResponse | undefined): Promise<void> | undefined {
    if (this.#socket.destroyed || response?.closed === true) return undefined;
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      response?.on('close', resolve);
    });
  }
}

const STUCK = 'an upgrade behind an answer that the client does not take';

const ENDED = 'the answer before it ended the connection';

const REASONS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'the head of the request did not arrive within 10 s',
  HPE_HEADER_OVERFLOW: 'the head of the request is over 1 MiB',
};

/** A response for a socket for which Node gives none; the answers before it have left. */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  // Any stream will do, and Node 26 gives one that is no Socket.
  const response: ServerResponse & { assignSocket(stream: Duplex): void } = new ServerResponse(
    request,
  );
  response.shouldKeepAlive = false;
  // Of one that is gone, an answer that never left may still be the current one: Node would throw.
  if (!socket.destroyed) response.assignSocket(socket);
  return response;
}
