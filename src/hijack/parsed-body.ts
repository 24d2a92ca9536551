import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { bodyTooLarge, CallError, toCallError } from '../errors.ts';
import { Collector } from '../http/collector.ts';
import { brokenOff, clientGone } from './body-errors.ts';

/**
 * Reads a body that Node has parsed, whole. (Not with `for await`, which destroys the connection
 * on the way out of a refusal.)
 *
 * @param limit the most that the body may hold, in bytes.
 * @param late ends the reading; its reason is the error.
 * @param socket the stream of an upgrade: where the client breaks off inside the body, Node 26
 * tells this stream and not the request.
 * @throws CallError `BODY_TOO_LARGE` over the limit; `REQUEST_MALFORMED` where its framing is broken
 * or an upgrade's client ends inside it; `CONNECTION_OVER` where the client went.
 */
export function readParsedBody(
  request: IncomingMessage,
  limit: number,
  late: AbortSignal,
  socket?: Duplex,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = new Collector();
    const settle = (outcome: () => void): void => {
      request.off('data', onData).off('end', onWhole).off('close', onClose);
      socket?.off('end', onEnd).off('close', onClose);
      late.removeEventListener('abort', onLate);
      outcome();
    };
    const fail = (error: Error): void => {
      settle(() => {
        request.pause();
        reject(error);
      });
    };
    const onData = (piece: Buffer): void => {
      if (body.size + piece.length > limit) fail(bodyTooLarge(limit));
      else body.add(piece);
    };
    const onWhole = (): void => {
      settle(() => {
        resolve(body.body);
      });
    };
    const onEnd = (): void => {
      fail(brokenOff());
    };
    const onClose = (): void => {
      fail(request.errored instanceof CallError ? request.errored : clientGone());
    };
    const onLate = (): void => {
      fail(toCallError(late.reason));
    };
    request.on('error', () => undefined);
    request.on('data', onData).once('end', onWhole).once('close', onClose);
    socket?.once('end', onEnd).once('close', onClose);
    late.addEventListener('abort', onLate);
  });
}
