import { systemCode } from '../errors.ts';
import type { Answer } from './answer.ts';
import type { DaemonConnection } from './connection.ts';
import { explain } from './explain.ts';
import { dialHijack } from './hijack.ts';
import { ConnectionPool } from './pool.ts';
import { requestHead } from './request-head.ts';
import type { Engine, EngineCall, EngineRequest, EngineResponse } from './types.ts';
import { Upload } from './upload.ts';

/**
 * The daemon on a unix socket (docs/decisions/0025).
 *
 * @param socketPath path of the daemon's socket.
 */
export function createEngine(socketPath: string): Engine {
  const pool = new ConnectionPool(socketPath);
  return {
    // What cannot be sent a second time never goes out on a connection that may be stale.
    call: (request) =>
      request.hasBody
        ? streamCall(pool, request, socketPath)
        : wholeCall(pool, request, socketPath),
    hijack: (request, body, signal) => dialHijack(socketPath, request, body, signal),
    close: () => {
      pool.close();
    },
  };
}

/** A call whose body the caller streams, on a connection of its own. */
function streamCall(pool: ConnectionPool, request: EngineRequest, socketPath: string): EngineCall {
  const head = requestHead(request, false);
  const connection = pool.dial();
  const body = new Upload(connection.socket, request);
  // The caller may be busy with the body when the daemon goes, and hears of it by the response.
  body.on('error', () => undefined);
  const { socket } = connection;
  // Head and first bytes leave together, where these are here.
  socket.cork();
  setImmediate(() => {
    socket.uncork();
  });
  let answer: Answer | undefined;
  const response = new Promise<EngineResponse>((resolve, reject) => {
    answer = connection.ask(head, request.method === 'HEAD', {
      answered: resolve,
      failed: (error) => {
        body.destroy();
        reject(explain(error, socketPath));
      },
      free: () => {
        connection.destroy();
      },
    });
  });
  response.catch(() => undefined);
  return {
    body,
    response,
    abort: () => {
      answer?.abort();
    },
  };
}

/**
 * A call without a body, on a connection that is kept for the next. One that the daemon closed in
 * the meantime (it was restarted) shows when it is written to: EPIPE says that the kernel took
 * nothing, and only then the call is sent once more.
 */
function wholeCall(pool: ConnectionPool, request: EngineRequest, socketPath: string): EngineCall {
  const head = requestHead(request, true);
  const isHead = request.method === 'HEAD';
  let answer: Answer | undefined;
  let aborted = false;
  const response = new Promise<EngineResponse>((resolve, reject) => {
    const send = (connection: DaemonConnection): void => {
      answer = connection.ask(head, isHead, {
        answered: resolve,
        failed: (error) => {
          const isStale = connection.isUsed && systemCode(error) === 'EPIPE' && !aborted;
          if (isStale) send(pool.dial());
          else reject(explain(error, socketPath));
        },
        free: () => {
          pool.give(connection);
        },
      });
    };
    send(pool.take());
  });
  response.catch(() => undefined);
  return {
    body: undefined,
    response,
    abort: () => {
      aborted = true;
      answer?.abort();
    },
  };
}
