import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
// First: http-proxy takes what it finds there.
import './util-extend.ts';
import HttpProxy from 'http-proxy';
import type { AnswerSink, EngineRequest, EngineResponse } from '../engine/types.ts';
import { CallError } from '../errors.ts';
import type { CallEnd, Exchange, Outcome } from '../exchange.ts';
import { headerPairs } from '../http/headers.ts';

export interface ProxyOptions {
  /** Path of the daemon's socket. */
  readonly socketPath: string;
  /** Hands the daemon's answer to the client as it comes. */
  readonly relay: (
    answer: EngineResponse,
    response: ServerResponse,
    onBytes: (count: number) => void,
  ) => Promise<CallEnd>;
  /** An error on the daemon's side, in words for the caller. */
  readonly explain: (error: Error) => CallError;
}

/**
 * Forwards calls of the read-only view with http-proxy (decision 0002). They are GET without a body: on those its
 * rewriting of bodies and its handling of upgrades have nothing to act on. What it leaves to others is done here: the
 * head goes out at once, a client that goes ends the call at the daemon, and a daemon that breaks off ends the answer.
 *
 * @returns a function that carries one call to its end; it rejects with a CallError where nothing has been answered.
 */
export function createProxyForward({ socketPath, relay, explain }: ProxyOptions) {
  return async function forward(
    exchange: Exchange,
    { upstream }: { readonly upstream: EngineRequest },
  ): Promise<Outcome> {
    const { request, response } = exchange;
    if (upstream.method !== 'GET' || upstream.hasBody) throw new Error('the view is GET only');
    // http-proxy takes what it sends from the request itself: it gets what was decided on, and nothing else.
    request.url = upstream.target;
    request.headers = headersOf(upstream.headers);
    const proxy = HttpProxy.createProxyServer({
      target: { socketPath } as unknown as HttpProxy.ServerOptions['target'],
      // As it stands: url.parse() would write the target anew.
      toProxy: true,
      selfHandleResponse: true,
    });
    const call = dispatch(proxy, request, response, explain);
    let bytesOut = 0;
    const answer = await call.answer;
    const outcome = () => ({ bytesIn: 0, bytesOut });
    if (answer === undefined) return { ...outcome(), status: 0, end: 'client-gone' };
    const answeredAt = performance.now();
    const end = await relay(answer, response, (count) => {
      bytesOut += count;
    });
    if (end !== 'complete') call.abort();
    return { ...outcome(), status: answer.status, end, answeredAt };
  };
}

interface Dispatched {
  /** Undefined where the client went first. */
  readonly answer: Promise<EngineResponse | undefined>;
  abort(): void;
}

function dispatch(
  proxy: HttpProxy,
  request: IncomingMessage,
  response: ServerResponse,
  explain: ProxyOptions['explain'],
): Dispatched {
  let dialled: ClientRequest | undefined;
  let aborted = false;
  const abort = (): void => {
    aborted = true;
    dialled?.destroy();
  };
  const answer = new Promise<EngineResponse | undefined>((resolve, reject) => {
    proxy.once('proxyReq', (upstream) => {
      dialled = upstream;
      if (aborted) upstream.destroy();
      upstream.once('upgrade', (_, socket) => {
        socket.destroy();
        reject(new CallError('DAEMON_BROKE_OFF', UNASKED));
      });
    });
    proxy.once('proxyRes', (message) => {
      resolve(answerOf(message));
    });
    // Since Node 15.5 http-proxy does not hear of a client that goes.
    response.once('close', () => {
      if (response.writableFinished) return;
      abort();
      resolve(undefined);
    });
    proxy.web(request, response, {}, (error) => {
      reject(explain(error));
    });
  });
  return { answer, abort };
}

const UNASKED = 'the Docker daemon answered with an upgrade that was not asked for';

function answerOf(message: IncomingMessage): EngineResponse {
  const { headers } = message;
  return {
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    headers: message.rawHeaders,
    isFramed: headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined,
    read: (sink) => {
      readInto(message, sink);
    },
  };
}

function readInto(message: IncomingMessage, sink: AnswerSink): void {
  let isOver = false;
  const over = (tell: () => void): void => {
    if (!isOver) tell();
    isOver = true;
  };
  message.on('data', (bytes: Buffer) => {
    message.pause();
    sink.piece(bytes, () => message.resume());
  });
  // Node calls a close-delimited body complete although the connection was reset.
  message.once('error', () => {
    over(() => {
      sink.broken();
    });
  });
  message.once('end', () => {
    over(() => {
      if (message.complete) sink.end(message.rawTrailers);
      else sink.broken();
    });
  });
  message.once('close', () => {
    over(() => {
      sink.broken();
    });
  });
}

/** Headers that a reader of the view may mean something by; the daemon gets no other. */
const PASSED: ReadonlySet<string> = new Set(['host', 'user-agent', 'accept']);

function headersOf(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of headerPairs(raw)) {
    const key = name.toLowerCase();
    if (PASSED.has(key)) headers[key] = value;
  }
  return headers;
}
