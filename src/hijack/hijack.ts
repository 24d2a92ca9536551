import type { ServerResponse } from 'node:http';
import type { Engine, EngineRequest, EngineResponse, EngineTunnel } from '../engine/types.ts';
import { CallError } from '../errors.ts';
import type { CallEnd, Exchange, Outcome } from '../exchange.ts';
import { lingerClose } from '../http/linger.ts';
import { tunnel } from './tunnel.ts';
import { readUpgradeBody, type BodyFraming, type UpgradeBody } from './upgrade-body.ts';

/** What an upgraded call needs to know of the request. */
export interface UpgradeCall {
  readonly upstream: EngineRequest;
  readonly framing: BodyFraming;
}

/** Relays an answer other than 101 to the client, as it is. */
type Relay = (
  answer: EngineResponse,
  response: ServerResponse,
  onBytes: (count: number) => void,
) => Promise<CallEnd>;

type Upgrade = NonNullable<Exchange['upgrade']>;

/**
 * Carries upgraded calls (attach, exec start, session, grpc, attach over websocket): the whole
 * request goes up at once, the client's bytes follow after the daemon's 101, then both ways until
 * both have ended.
 *
 * @returns a function that carries one call to its end. It rejects with a CallError where nothing
 * has been written to the client.
 */
export function createHijack(engine: Engine, relay: Relay) {
  return async function hijack(exchange: Exchange, call: UpgradeCall): Promise<Outcome> {
    const { upgrade, request, response } = exchange;
    if (upgrade === undefined) throw new CallError('REQUEST_MALFORMED', 'refused: no upgrade');
    const client = watchClient(upgrade);
    const sent = await readUpgradeBody(request, upgrade, call.framing);

    let answer: EngineTunnel | EngineResponse;
    try {
      answer = await engine.upgrade(withLength(call, sent.body), sent.body, client.signal);
    } catch (error) {
      if (!client.gone()) throw error;
      return { status: 0, bytesIn: sent.body.length, bytesOut: 0, end: 'client-gone' };
    }
    if (!('socket' in answer)) return relayRefusal(answer, response, upgrade, sent, relay);
    return runTunnel(answer, upgrade, sent);
  };
}

/** A client that goes while the daemon has not answered yet takes the upstream call with it. */
function watchClient({ socket }: Upgrade): { signal: AbortSignal; gone: () => boolean } {
  const abort = new AbortController();
  socket.on('error', () => undefined);
  socket.once('close', () => {
    abort.abort();
  });
  return { signal: abort.signal, gone: () => abort.signal.aborted };
}

/** The body was read whole, so its length is known, however the client delimited it. */
function withLength({ upstream, framing }: UpgradeCall, body: Buffer): EngineRequest {
  if (framing.kind === 'none' && upstream.method === 'GET') return upstream;
  return {
    ...upstream,
    headers: [...upstream.headers, 'Content-Length', String(body.length)],
  };
}

async function relayRefusal(
  answer: EngineResponse,
  response: ServerResponse,
  { socket }: Upgrade,
  { body }: UpgradeBody,
  relay: Relay,
): Promise<Outcome> {
  let bytesOut = 0;
  const end = await relay(answer, response, (count) => {
    bytesOut += count;
  });
  // The request's connection left HTTP behind when it asked for the upgrade.
  if (end === 'complete') lingerClose(socket, socket);
  return { status: answer.status, bytesIn: body.length, bytesOut, end };
}

async function runTunnel(
  answer: EngineTunnel,
  { socket }: Upgrade,
  { body, early }: UpgradeBody,
): Promise<Outcome> {
  const meter = { in: body.length, out: 0 };
  socket.write(headOf(answer));
  const end = await tunnel(
    { client: socket, clientEarly: early, daemon: answer.socket, daemonEarly: answer.head },
    meter,
  );
  return { status: 101, bytesIn: meter.in, bytesOut: meter.out, end };
}

/** The daemon's head, line by line, as it came. */
function headOf({ statusText, headers }: EngineTunnel): string {
  const lines = [`HTTP/1.1 101 ${statusText}`];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    lines.push(`${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
