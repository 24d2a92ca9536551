import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { bodyTooLarge, toCallError } from '../errors.ts';
import { brokenOff, clientGone } from './body-errors.ts';
import { ChunkedDecoder } from './chunked.ts';
import { Collector } from '../http/collector.ts';
import { readParsedBody } from './parsed-body.ts';

/** What the client sent with a request that may be hijacked. */
export interface HijackBody {
  readonly body: Buffer;
  /** Bytes behind the request: they belong to the stream and wait for the daemon's answer. */
  readonly early: Buffer;
}

/** How the request's body is delimited; a subset of what the head of a request can say. */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' };

/**
 * Node hands over an upgrade request as soon as its head is parsed. Up to version 25 the body is
 * left on the socket, raw; from 26 on it is parsed and comes through the request (nodejs/node
 * pull request 60016).
 */
const NODE_PARSES_UPGRADE_BODY = Number(process.versions.node.split('.')[0]) >= 26;

/**
 * Reads the body of an upgrade request, whole, before anything goes upstream.
 *
 * @param limit the most that the body may hold, in bytes.
 * @param late ends the reading; its reason is the error.
 * @throws CallError `BODY_TOO_LARGE` over the limit, `REQUEST_MALFORMED` where the framing is broken
 * or the client ends before the body does, `CONNECTION_OVER` where it went.
 */
export async function readUpgradeBody(
  request: IncomingMessage,
  upgrade: { readonly socket: Duplex; readonly head: Buffer },
  framing: BodyFraming,
  limit: number,
  late: AbortSignal,
): Promise<HijackBody> {
  if (NODE_PARSES_UPGRADE_BODY) {
    return {
      body: await readParsedBody(request, limit, late, upgrade.socket),
      early: upgrade.head,
    };
  }
  if (framing.kind === 'none') return { body: Buffer.alloc(0), early: upgrade.head };
  const reader =
    framing.kind === 'chunked' ? new ChunkedDecoder(limit) : new Counted(framing.length, limit);
  return readRaw(upgrade.socket, upgrade.head, reader, late);
}

/** Takes bytes until a body is whole. */
interface BodyReader {
  /** @returns the body and what follows it, or undefined while more is needed. */
  push(bytes: Buffer): { body: Buffer; rest: Buffer } | undefined;
}

class Counted implements BodyReader {
  readonly #length: number;
  readonly #body = new Collector();

  constructor(length: number, limit: number) {
    if (length > limit) throw bodyTooLarge(limit);
    this.#length = length;
  }

  push(bytes: Buffer): { body: Buffer; rest: Buffer } | undefined {
    const missing = this.#length - this.#body.size;
    this.#body.add(bytes.subarray(0, missing));
    if (bytes.length < missing) return undefined;
    return { body: this.#body.body, rest: bytes.subarray(missing) };
  }
}

function readRaw(
  socket: Duplex,
  head: Buffer,
  reader: BodyReader,
  late: AbortSignal,
): Promise<HijackBody> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      socket.pause();
      socket.off('data', take).off('end', onEnd).off('close', onClose);
      late.removeEventListener('abort', onLate);
      outcome();
    };
    const fail = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const onEnd = (): void => {
      fail(brokenOff());
    };
    const onClose = (): void => {
      fail(clientGone());
    };
    const onLate = (): void => {
      fail(toCallError(late.reason));
    };
    const take = (bytes: Buffer): void => {
      try {
        const whole = reader.push(bytes);
        if (whole === undefined) return;
        settle(() => {
          resolve({ body: whole.body, early: whole.rest });
        });
      } catch (error) {
        fail(toCallError(error));
      }
    };
    socket.on('data', take).once('end', onEnd).once('close', onClose);
    late.addEventListener('abort', onLate);
    take(head);
  });
}
