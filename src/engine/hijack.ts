import type { AnswerHead } from './answer-head.ts';
import { Answer } from './answer.ts';
import { explain } from './explain.ts';
import { HijackedConnection } from './hijacked-connection.ts';
import { requestHead } from './request-head.ts';
import type { EngineRequest, EngineResponse, EngineTunnel } from './types.ts';

/**
 * Sends a request that may take its connection out of HTTP, head and body in one write, and waits for what becomes of
 * it, as {@link Engine.hijack} says.
 */
export function dialHijack(
  socketPath: string,
  request: EngineRequest,
  body: Buffer,
  signal: AbortSignal,
): Promise<EngineTunnel | EngineResponse> {
  const whole = Buffer.concat([Buffer.from(requestHead(request, false), 'latin1'), body]);
  const connection = new HijackedConnection(socketPath);
  const { socket } = connection;
  socket.write(whole);
  return new Promise((resolve, reject) => {
    const answer = new Answer(
      connection,
      { isHead: request.method === 'HEAD', leaves: isHijacked },
      {
        answered: resolve,
        left: (head, rest) => {
          stopWatching();
          resolve(tunnelOf(head, connection, rest));
        },
        failed: (error) => {
          reject(explain(error, socketPath));
        },
        free: () => {
          socket.destroy();
        },
      },
    );
    connection.answerWith(answer);
    const onAbort = (): void => {
      answer.abort();
    };
    const stopWatching = (): void => {
      signal.removeEventListener('abort', onAbort);
    };
    socket.once('close', stopWatching);
    if (signal.aborted) answer.abort();
    else signal.addEventListener('abort', onAbort);
  });
}

/** What the daemon calls the streams of attach and exec (daemon/server/httputils). */
const RAW_STREAMS: ReadonlySet<string> = new Set([
  'application/vnd.docker.raw-stream',
  'application/vnd.docker.multiplexed-stream',
]);

/**
 * A 101, or a 200 that can only come from a connection that the daemon hijacked: Go's server gives every other answer
 * a length or chunks. Only then may raw bytes follow on it.
 */
function isHijacked({ status, headers, framing }: AnswerHead): boolean {
  if (status === 101) return true;
  if (status !== 200 || framing.kind !== 'close') return false;
  return headers.some(
    (name, at) =>
      at % 2 === 0 &&
      name.toLowerCase() === 'content-type' &&
      RAW_STREAMS.has(headers[at + 1] ?? ''),
  );
}

function tunnelOf(head: AnswerHead, connection: HijackedConnection, rest: Buffer): EngineTunnel {
  const { status, statusText, headers } = head;
  return {
    ...{ status: status === 101 ? 101 : 200, statusText, headers, stream: connection.socket },
    // What was read into is read into again.
    head: Buffer.from(rest),
    read: connection.leave(),
  };
}
