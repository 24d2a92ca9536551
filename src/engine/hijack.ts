import net from 'node:net';
import type { AnswerHead } from './answer-head.ts';
import { Answer } from './answer.ts';
import { ClosedEarly } from './errors.ts';
import { explain } from './explain.ts';
import { requestHead } from './request-head.ts';
import type { EngineRequest, EngineResponse, EngineTunnel } from './types.ts';

/** As much as waits for a busy connection, in bytes. Node hands this on to its stream, though its types do not say so. */
const SOCKET = { allowHalfOpen: true, writableHighWaterMark: 1024 * 1024 };

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
  const socket = net.connect({ path: socketPath, ...SOCKET });
  socket.write(whole);
  return new Promise((resolve, reject) => {
    const answer = new Answer(
      sourceOf(socket),
      { isHead: request.method === 'HEAD', leaves: isHijacked },
      {
        answered: resolve,
        left: (head, rest) => {
          stopWatching();
          stopReading();
          resolve(tunnelOf(head, socket, rest));
        },
        failed: (error) => {
          reject(explain(error, socketPath));
        },
        free: () => {
          socket.destroy();
        },
      },
    );
    const stopReading = readInto(answer, socket);
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

function sourceOf(socket: net.Socket) {
  return {
    resume: () => {
      socket.resume();
    },
    destroy: () => {
      socket.destroy();
    },
  };
}

/** @returns takes the socket away from the answer again, paused. */
function readInto(answer: Answer, socket: net.Socket): () => void {
  const onData = (bytes: Buffer): void => {
    if (!answer.feed(bytes)) socket.pause();
  };
  const onEnd = (): void => {
    answer.ended();
  };
  const onClose = (): void => {
    answer.fail(new ClosedEarly());
  };
  const onError = (error: Error): void => {
    answer.fail(error);
  };
  socket.on('data', onData);
  socket.once('end', onEnd);
  socket.once('close', onClose);
  // It stays: an error is never to go unheard.
  socket.on('error', onError);
  return () => {
    socket.pause();
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', onClose);
  };
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

function tunnelOf(head: AnswerHead, stream: net.Socket, rest: Buffer): EngineTunnel {
  const { status, statusText, headers } = head;
  return { status: status === 101 ? 101 : 200, statusText, headers, stream, head: rest };
}
