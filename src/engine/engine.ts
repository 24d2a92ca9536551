import http from 'node:http';
import net from 'node:net';
import { CallError, systemCode } from '../errors.ts';
import { explain } from './explain.ts';
import type { Engine, EngineCall, EngineRequest, EngineResponse, EngineTunnel } from './types.ts';

/** Go accepts 1 MiB of head; the daemon's answers are held to the same. */
const MAX_HEAD_BYTES = 1024 * 1024;
/** Idle connections kept for the next call. In use there may be any number: streams never queue. */
const MAX_IDLE = 64;

/**
 * The daemon on a unix socket, reached with node:http.
 *
 * @param socketPath path of the daemon's socket.
 */
export function createEngine(socketPath: string): Engine {
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: MAX_IDLE });
  const dial = (request: EngineRequest, extra: http.RequestOptions): http.ClientRequest => {
    const dialled = http.request({
      method: request.method,
      path: request.target,
      // A flat array goes out as it is: order, case and repeated names are kept.
      headers: request.headers,
      maxHeaderSize: MAX_HEAD_BYTES,
      setHost: false,
      // Not even where NODE_OPTIONS asks for it.
      insecureHTTPParser: false,
      ...extra,
    });
    // Beyond a count Node would drop headers without a word.
    dialled.maxHeadersCount = 0;
    return dialled;
  };
  // Without an agent: `agent: false` would make one, which dials by itself.
  const connection = {
    createConnection: () => net.connect({ path: socketPath, allowHalfOpen: true }),
  };

  return {
    call: (request) => {
      // What cannot be sent a second time never goes out on a connection that may be stale.
      if (request.hasBody) return streamCall(dial(request, connection), socketPath);
      return wholeCall(() => dial(request, { agent, socketPath }), socketPath);
    },
    hijack: (request, body, signal) => {
      const dialled = dial(request, { ...connection, signal });
      const answer = awaitHijack(dialled, socketPath);
      dialled.end(body);
      return answer;
    },
    close: () => {
      agent.destroy();
    },
  };
}

/** A call whose body the caller streams, on a connection of its own. */
function streamCall(request: http.ClientRequest, socketPath: string): EngineCall {
  // The daemon hears of the call now, not when the client gets round to the first byte of body.
  setImmediate(() => {
    if (!request.destroyed) request.flushHeaders();
  });
  const response = new Promise<EngineResponse>((resolve, reject) => {
    request.once('response', (message) => {
      resolve(answerOf(message, request));
    });
    request.once('upgrade', (_, socket) => {
      socket.destroy();
      reject(unasked());
    });
    request.on('error', (error) => {
      reject(explain(error, socketPath));
    });
  });
  // The caller may be busy with the body when the daemon goes: never an unhandled rejection.
  response.catch(() => undefined);
  return {
    body: request,
    response,
    abort: () => {
      request.destroy();
    },
  };
}

/**
 * A call without a body, on a connection that is kept for the next. One that the daemon closed in
 * the meantime (it was restarted) shows when it is written to: EPIPE says that the kernel took
 * nothing, and only then the call is sent once more.
 */
function wholeCall(dial: () => http.ClientRequest, socketPath: string): EngineCall {
  let request: http.ClientRequest;
  let aborted = false;
  const response = new Promise<EngineResponse>((resolve, reject) => {
    const send = (): void => {
      request = dial();
      request.once('response', (message) => {
        resolve(answerOf(message, request));
      });
      request.once('upgrade', (_, socket) => {
        socket.destroy();
        reject(unasked());
      });
      request.on('error', (error) => {
        if (request.reusedSocket && systemCode(error) === 'EPIPE' && !aborted) send();
        else reject(explain(error, socketPath));
      });
      request.end();
    };
    send();
  });
  response.catch(() => undefined);
  return {
    body: undefined,
    response,
    abort: () => {
      aborted = true;
      request.destroy();
    },
  };
}

/** Without a listener Node would drop such a connection and tell nobody. */
function unasked(): CallError {
  return new CallError(
    'DAEMON_BROKE_OFF',
    'the Docker daemon answered with an upgrade that was not asked for',
  );
}

function awaitHijack(
  request: http.ClientRequest,
  socketPath: string,
): Promise<EngineTunnel | EngineResponse> {
  return new Promise((resolve, reject) => {
    request.once('upgrade', (message, socket, head) => {
      resolve({ ...headOfTunnel(message), status: 101, stream: socket, head });
    });
    request.once('response', (message) => {
      if (isHijacked(message)) takeTunnel(message, resolve);
      else resolve(answerOf(message, request));
    });
    request.on('error', (error) => {
      reject(explain(error, socketPath));
    });
  });
}

/** What the daemon calls the streams of attach and exec (daemon/server/httputils). */
const RAW_STREAMS: ReadonlySet<string> = new Set([
  'application/vnd.docker.raw-stream',
  'application/vnd.docker.multiplexed-stream',
]);

/**
 * True where a 200 can only come from a connection that the daemon hijacked: Go's server gives
 * every other answer a length or chunks. Only then may raw bytes follow on it.
 */
function isHijacked({ statusCode, headers }: http.IncomingMessage): boolean {
  return (
    statusCode === 200 &&
    RAW_STREAMS.has(headers['content-type'] ?? '') &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined
  );
}

/**
 * Takes the connection out of node:http, which does so by itself for a 101 only and would close it
 * at the end of the answer. What came with the head is in the message by the next tick.
 */
function takeTunnel(message: http.IncomingMessage, done: (tunnel: EngineTunnel) => void): void {
  process.nextTick(() => {
    const { socket: stream } = message;
    for (const event of ['data', 'end', 'close', 'error', 'drain'])
      stream.removeAllListeners(event);
    stream.on('error', () => undefined);
    const head = message.read() as Buffer | null;
    done({ ...headOfTunnel(message), status: 200, stream, head: head ?? Buffer.alloc(0) });
  });
}

function headOfTunnel(message: http.IncomingMessage) {
  return { statusText: message.statusMessage ?? '', headers: message.rawHeaders };
}

function answerOf(message: http.IncomingMessage, request: http.ClientRequest): EngineResponse {
  let broken = false;
  // Node calls a close-delimited body complete although the connection was reset.
  request.once('error', () => {
    broken = true;
  });
  return {
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    headers: message.rawHeaders,
    body: message,
    isComplete: () => message.complete && !broken,
    trailers: () => message.rawTrailers,
  };
}
