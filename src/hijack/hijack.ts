import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Engine, EngineRequest, EngineResponse, EngineTunnel } from '../engine/types.ts';
import type { CallEnd, Exchange, Outcome } from '../exchange.ts';
import { lingerClose } from '../http/linger.ts';
import { tunnel } from './tunnel.ts';
import type { BodyFraming, HijackBody } from './hijack-body.ts';
import { receiveBody } from './receive.ts';

/** What a call that may be hijacked needs to know of the request. */
export interface HijackCall {
  readonly upstream: EngineRequest;
  readonly framing: BodyFraming;
  /** What the client sent, where somebody has received it already. */
  readonly received?: HijackBody;
}

/** Relays an answer other than 101 to the client, as it is. */
type Relay = (
  answer: EngineResponse,
  response: ServerResponse,
  onBytes: (count: number) => void,
) => Promise<CallEnd>;

/**
 * Carries calls that leave HTTP (attach, exec start, session, grpc, attach over websocket): the
 * whole request goes up at once, the client's bytes follow once the daemon has taken its
 * connection out of HTTP, then both ways until both have ended. An answer by which it did not do
 * so is relayed as it is.
 *
 * @returns a function that carries one call to its end. It rejects with a CallError where nothing
 * has been written to the client.
 */
export function createHijack(engine: Engine, relay: Relay) {
  return async function hijack(exchange: Exchange, call: HijackCall): Promise<Outcome> {
    const client = watchClient(exchange);
    if (isGone(client)) return gone(exchange, call.received ?? NOTHING_SENT);
    const sent = call.received ?? (await receiveBody(exchange, call.framing, OPTIONS_LIMITS));
    if (isGone(client)) return gone(exchange, sent);

    const stop = listenForEnd(exchange, client);
    let answer: EngineTunnel | EngineResponse;
    try {
      answer = await engine.hijack(withLength(call, sent.body), sent.body, client.signal);
    } catch (error) {
      stop();
      if (!isGone(client)) throw error;
      return gone(exchange, sent);
    }
    if (!('stream' in answer)) return relayAnswer(answer, exchange, sent, { relay, client, stop });
    stop();
    return runTunnel(answer, exchange, sent);
  };
}

/** Of a client that went before it was asked for its body. */
const NOTHING_SENT: HijackBody = { body: Buffer.alloc(0), early: Buffer.alloc(0) };

/** The options of attach and exec start are one small object. */
const OPTIONS_LIMITS = { bytes: 1024 * 1024, ms: 10_000 };

/** A client that goes while the daemon has not answered yet takes the upstream call with it. */
function watchClient({ upgrade, request }: Exchange): AbortController {
  const abort = new AbortController();
  const socket = upgrade?.socket ?? request.socket;
  socket.on('error', () => undefined);
  socket.once('close', () => {
    abort.abort();
  });
  if (socket.destroyed) abort.abort();
  return abort;
}

const isGone = ({ signal }: AbortController): boolean => signal.aborted;

function gone({ upgrade }: Exchange, { body }: HijackBody): Outcome {
  upgrade?.socket.destroy();
  return { status: 0, bytesIn: body.length, bytesOut: 0, end: 'client-gone' };
}

/** Reads ahead, up to the stream's own limit, so that the end of a client that left is heard of. */
function listenForEnd({ upgrade }: Exchange, client: AbortController): () => void {
  if (upgrade === undefined) return () => undefined;
  const { socket } = upgrade;
  const onReadable = (): void => undefined;
  const onEnd = (): void => {
    client.abort();
  };
  socket.on('readable', onReadable);
  socket.once('end', onEnd);
  return () => {
    socket.off('readable', onReadable);
    socket.off('end', onEnd);
  };
}

/** The body was read whole, so its length is known, however the client delimited it. */
function withLength({ upstream, framing }: HijackCall, body: Buffer): EngineRequest {
  if (framing.kind === 'none' && upstream.method === 'GET') return upstream;
  return {
    ...upstream,
    headers: [...upstream.headers, 'Content-Length', String(body.length)],
  };
}

interface Relaying {
  readonly relay: Relay;
  readonly client: AbortController;
  /** Listens no more for the end of the client. */
  readonly stop: () => void;
}

/** Whoever ends while an ordinary answer comes is gone, as with any other call. */
async function relayAnswer(
  answer: EngineResponse,
  { response, upgrade }: Exchange,
  { body }: HijackBody,
  { relay, client, stop }: Relaying,
): Promise<Outcome> {
  let bytesOut = 0;
  const answeredAt = performance.now();
  const relayed = await relay(answer, response, (count) => {
    bytesOut += count;
  });
  stop();
  const end = relayed === 'daemon-gone' && isGone(client) ? 'client-gone' : relayed;
  // A connection that asked for an upgrade has left HTTP behind, whatever the answer was.
  if (end === 'complete' && upgrade !== undefined) lingerClose(upgrade.socket, upgrade.socket);
  return { status: answer.status, bytesIn: body.length, bytesOut, end, answeredAt };
}

async function runTunnel(
  answer: EngineTunnel,
  { upgrade, takeOver }: Exchange,
  { body, early }: HijackBody,
): Promise<Outcome> {
  const meter = { in: body.length, out: 0 };
  const answeredAt = performance.now();
  const client = upgrade?.socket ?? takeOver();
  client.write(headOf(answer));
  const end = await tunnel(
    {
      ...{ client, clientEarly: early, daemon: answer.stream, daemonEarly: answer.head },
      readDaemon: (take) => {
        answer.read(take);
      },
    },
    meter,
  );
  return { status: answer.status, bytesIn: meter.in, bytesOut: meter.out, end, answeredAt };
}

/** The daemon's head, line by line, as it came. */
function headOf({ status, statusText, headers }: EngineTunnel): string {
  const lines = [`HTTP/1.1 ${status} ${statusText}`];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    lines.push(`${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
