import { ServerResponse, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { systemCode } from '../errors.ts';
import type { Connection, Exchange } from '../exchange.ts';
import { rawError } from '../http/answer.ts';
import { lingerClose } from '../http/linger.ts';
import { admitIdentified, type Doorkeeper } from './admission.ts';
import { takeOver } from './take-over.ts';
import { remoteOf } from './remote.ts';
import { tlsOptions, type Credentials } from './tls.ts';

/** What the listener hands on. */
export interface ListenerEvents extends Doorkeeper {
  /** Takes each request; must not reject. */
  readonly onExchange: (exchange: Exchange) => Promise<void>;
  /** Told of bytes that are no HTTP request, before they are answered. */
  readonly onMalformed: (connection: Connection, reason: string) => void;
}

/** Go's limit for a request head, which real clients need for registry credentials. */
const MAX_HEAD_BYTES = 1024 * 1024;
const HEAD_MS = 10_000;
const IDLE_MS = 5 * 60_000;

const LIMITS = {
  maxHeaderSize: MAX_HEAD_BYTES,
  headersTimeout: HEAD_MS,
  keepAliveTimeout: IDLE_MS,
  // Uploads take as long as they take: only the head is on a clock.
  requestTimeout: 0,
  connectionsCheckingInterval: 1_000,
  highWaterMark: 64 * 1024,
} as const;

/**
 * The HTTPS server that callers reach: mutual TLS, then {@link admitIdentified}, then HTTP/1.1.
 * Every request, in whatever form Node hands it over, becomes one {@link Exchange}.
 */
export function createListener(credentials: Credentials, events: ListenerEvents): https.Server {
  const server = https.createServer({ ...tlsOptions(credentials), ...LIMITS });
  // Node would silently drop headers beyond a count; the limit here is the size of the head.
  server.maxHeadersCount = 0;
  const connectionOf = admitIdentified(server, events);
  const busy = new WeakSet();

  const open = (
    request: IncomingMessage,
    response: ServerResponse,
    extra: Partial<Exchange> = {},
  ): void => {
    const connection = connectionOf(request.socket);
    // Nobody gets here without having been identified; if somebody does, it ends here.
    if (connection === undefined) {
      request.socket.destroy();
      return;
    }
    busy.add(request.socket);
    response.once('close', () => busy.delete(request.socket));
    void events.onExchange({
      connection,
      request,
      response,
      takeOver: () => takeOver(request.socket),
      expectsContinue: false,
      ...extra,
    });
  };

  server.on('request', (request, response) => {
    open(request, response);
  });
  server.on('checkContinue', (request, response) => {
    open(request, response, { expectsContinue: true });
  });
  server.on('checkExpectation', (request, response) => {
    open(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    open(request, responseOn(request, socket), { upgrade: { socket, head } });
  });
  server.on('connect', (request, socket: Duplex, head: Buffer) => {
    open(request, responseOn(request, socket), { upgrade: { socket, head } });
  });
  server.on('clientError', (error, socket: Duplex) => {
    const connection = connectionOf(socket);
    // A second answer inside the first would be read as part of it.
    if (connection === undefined || busy.has(socket)) socket.destroy();
    else refuseBytes(error, socket, connection, events);
  });
  server.on('tlsClientError', (error, socket) => {
    events.onRefused(remoteBehind(socket), undefined, `TLS handshake failed: ${systemCode(error)}`);
  });
  return server;
}

/** Node gives no response for an upgrade or CONNECT, whose socket has left the HTTP parser. */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  // Any stream will do, and Node 26 gives one that is no Socket.
  const response: ServerResponse & { assignSocket(stream: Duplex): void } = new ServerResponse(
    request,
  );
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  return response;
}

/** Bytes that Node's parser refuses, where a request was due. */
function refuseBytes(
  error: Error,
  socket: Duplex,
  connection: Connection,
  { onMalformed }: ListenerEvents,
): void {
  const code = systemCode(error);
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const reason = `refused: not a well-formed HTTP/1.1 request (${code})`;
  onMalformed(connection, reason);
  socket.write(rawError(400, reason));
  lingerClose(socket, socket);
}

/** A failed handshake takes the address with it, except on the TCP socket underneath. */
function remoteBehind(socket: TLSSocket): string {
  const beneath = (socket as unknown as { _parent?: Socket })._parent;
  const remote = remoteOf(socket);
  return remote === 'unknown' && beneath !== undefined ? remoteOf(beneath) : remote;
}
