import { performance } from 'node:perf_hooks';
import type { Engine, EngineCall, EngineRequest } from '../engine/types.ts';
import { CallError } from '../errors.ts';
import type { Exchange, Outcome } from '../exchange.ts';
import { pump } from '../http/pump.ts';
import { keepBody } from './keep.ts';
import { relayResponse } from './response.ts';

/** What an ordinary call needs to know of the request. */
export interface OrdinaryCall {
  readonly upstream: EngineRequest;
  /** The body, where somebody has received it already; it goes up as it is. */
  readonly received?: { readonly body: Buffer };
  /** The most of the answer's body that its outcome is to tell, in bytes; absent: nothing of it. */
  readonly keepAnswer?: number | undefined;
}

/**
 * Carries ordinary calls: the request to the daemon, the answer to the client, both streamed. A
 * client that goes away ends the upstream call; a daemon that goes away ends the client's.
 *
 * @returns a function that carries one call to its end. It rejects with the engine's CallError
 * where the daemon gave no answer at all; then nothing has been written to the client.
 */
export function createForward(engine: Engine) {
  return async function forward(exchange: Exchange, request: OrdinaryCall): Promise<Outcome> {
    const { response } = exchange;
    const bytes = { in: 0, out: 0 };
    // While its body was received and judged, the client may have gone: the daemon need not know.
    if (response.closed || exchange.request.socket.destroyed) return gone(exchange, 0, bytes);
    const call = engine.call(request.upstream);
    const client = watchClient(exchange, call);
    const send =
      request.received === undefined ? streamBody(exchange) : wholeBody(request.received);
    const stopSending = send(call, (count) => {
      bytes.in += count;
    });

    try {
      const answer = await call.response;
      if (client.gone) return gone(exchange, 0, bytes);
      const answeredAt = performance.now();
      const { keepAnswer } = request;
      const keeper = keepAnswer === undefined ? undefined : keepBody(answer, keepAnswer);
      const end = await relayResponse(keeper?.answer ?? answer, response, (count) => {
        bytes.out += count;
      });
      stopSending();
      if (end === 'complete') endUpload(exchange);
      // Of an answer that was taken whole nothing is left to give up. But Node drops what is written to a connection
      // that it is closing, and never says that it is done with it: the daemon's would wait for ever.
      call.abort();
      if (end === 'client-gone') {
        return { ...gone(exchange, answer.status, bytes), answeredAt };
      }
      const body = end === 'complete' ? keeper?.kept() : undefined;
      const outcome = {
        status: answer.status,
        bytesIn: bytes.in,
        bytesOut: bytes.out,
        end,
        answeredAt,
      };
      return body === undefined ? outcome : { ...outcome, answer: body };
    } catch (error) {
      stopSending();
      call.abort();
      if (client.gone) return gone(exchange, 0, bytes);
      throw error;
    }
  };
}

/** The client's connection went: by itself, or because the gate refused the rest of the body. */
function gone(
  { request }: Exchange,
  status: number,
  bytes: { readonly in: number; readonly out: number },
): Outcome {
  const outcome = { status, bytesIn: bytes.in, bytesOut: bytes.out };
  const refusal = request.errored;
  if (!(refusal instanceof CallError)) return { ...outcome, end: 'client-gone' };
  return { ...outcome, end: 'refused', reason: refusal.message };
}

/** The response closes before it is finished only when the connection goes. */
function watchClient(exchange: Exchange, call: EngineCall): { readonly gone: boolean } {
  const { response } = exchange;
  const client = { gone: false };
  response.on('close', () => {
    if (response.writableFinished) return;
    client.gone = true;
    call.abort();
  });
  return client;
}

/** Sends the body up, and tells its size as it goes. @returns stops the sending. */
type SendBody = (call: EngineCall, onBytes: (count: number) => void) => () => void;

/**
 * Streams the request's body up. A body that the client breaks off is never ended as if whole:
 * the response closes with it, and the upstream call is aborted.
 *
 * @returns sends it; what that returns stops the copying, for when the daemon has answered or gone.
 */
function streamBody({ request, response, expectsContinue }: Exchange): SendBody {
  return ({ body }, onBytes) => {
    request.on('error', () => undefined);
    if (body === undefined) return () => undefined;
    if (expectsContinue) response.writeContinue();
    const onEnd = (): void => {
      body.end();
    };
    const stop = pump(request, body, onBytes);
    request.once('end', onEnd);
    return () => {
      request.off('end', onEnd);
      stop();
    };
  };
}

/** Sends a body that is here already. */
function wholeBody(received: { readonly body: Buffer }): SendBody {
  return ({ body }, onBytes) => {
    body?.end(received.body);
    onBytes(received.body.length);
    return () => undefined;
  };
}

/**
 * The daemon answered before the upload was over (a failing build): what still comes is dropped.
 * The connection has then been told to end, since it was not whole when the head went out.
 */
function endUpload({ request }: Exchange): void {
  request.resume();
}
