import http from 'node:http';
import net from 'node:net';
import { CallError, systemCode } from '../errors.ts';
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
  const options = { socketPath, agent, maxHeaderSize: MAX_HEAD_BYTES, setHost: false } as const;
  return {
    call: (request) => openCall(http.request({ ...options, ...headOf(request) }), socketPath),
    upgrade: (request, body, signal) => {
      const dialled = http.request({
        ...options,
        ...headOf(request),
        agent: false,
        signal,
        createConnection: () => net.connect({ path: socketPath, allowHalfOpen: true }),
      });
      const answer = awaitUpgrade(dialled, socketPath);
      dialled.end(body);
      return answer;
    },
    close: () => {
      agent.destroy();
    },
  };
}

function headOf(request: EngineRequest): http.RequestOptions {
  // A flat array goes out as it is: order, case and repeated names are kept.
  return { method: request.method, path: request.target, headers: request.headers };
}

function openCall(request: http.ClientRequest, socketPath: string): EngineCall {
  const response = new Promise<EngineResponse>((resolve, reject) => {
    request.once('response', (message) => {
      resolve(answerOf(message));
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

function awaitUpgrade(
  request: http.ClientRequest,
  socketPath: string,
): Promise<EngineTunnel | EngineResponse> {
  return new Promise((resolve, reject) => {
    request.once('upgrade', (message, socket, head) => {
      resolve({
        status: 101,
        statusText: message.statusMessage ?? '',
        headers: message.rawHeaders,
        socket,
        head,
      });
    });
    request.once('response', (message) => {
      resolve(answerOf(message));
    });
    request.on('error', (error) => {
      reject(explain(error, socketPath));
    });
  });
}

function answerOf(message: http.IncomingMessage): EngineResponse {
  return {
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    headers: message.rawHeaders,
    body: message,
    isComplete: () => message.complete,
    trailers: () => message.rawTrailers,
  };
}

const DIAL_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'EAGAIN']);

function explain(error: Error, socketPath: string): CallError {
  const code = systemCode(error);
  return DIAL_ERRORS.has(code)
    ? new CallError(
        'DAEMON_UNREACHABLE',
        `cannot reach the Docker daemon at unix://${socketPath}: ${code} (is it running?)`,
        { cause: error },
      )
    : new CallError(
        'DAEMON_BROKE_OFF',
        `the Docker daemon at unix://${socketPath} broke off before it answered: ${code}`,
        { cause: error },
      );
}
