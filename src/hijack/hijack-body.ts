import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CallError, toCallError } from '../errors.ts';
import { ChunkedDecoder } from './chunked.ts';

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
 * @throws CallError `BODY_TOO_LARGE` over the limit, `REQUEST_MALFORMED` where the framing is broken
 * or the client ends before the body does.
 */
export async function readUpgradeBody(
  request: IncomingMessage,
  upgrade: { readonly socket: Duplex; readonly head: Buffer },
  framing: BodyFraming,
  limit: number,
): Promise<HijackBody> {
  if (NODE_PARSES_UPGRADE_BODY) {
    return { body: await readParsedBody(request, limit, upgrade.socket), early: upgrade.head };
  }
  if (framing.kind === 'none') return { body: Buffer.alloc(0), early: upgrade.head };
  const reader =
    framing.kind === 'chunked' ? new ChunkedDecoder(limit) : new Counted(framing.length, limit);
  return readRaw(upgrade.socket, upgrade.head, reader);
}

/**
 * Reads a body that Node has parsed, whole. (Not with `for await`, which destroys the connection
 * on the way out of a refusal.)
 *
 * @param limit the most that the body may hold, in bytes.
 * @param socket the stream of an upgrade: where the client breaks off inside the body, Node 26
 * tells this stream and not the request.
 * @throws CallError `BODY_TOO_LARGE` over the limit, `REQUEST_MALFORMED` where it is broken off.
 */
export function readParsedBody(
  request: IncomingMessage,
  limit: number,
  socket?: Duplex,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      request.off('data', onData);
      request.pause();
      reject(tooLarge(limit));
    };
    request.on('data', onData);
    request.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    const onBreak = (): void => {
      reject(brokenOff());
    };
    request.once('close', onBreak);
    socket?.once('end', onBreak);
    socket?.once('close', onBreak);
    request.on('error', () => undefined);
  });
}

/** Takes bytes until a body is whole. */
interface BodyReader {
  /** @returns the body and what follows it, or undefined while more is needed. */
  push(bytes: Buffer): { body: Buffer; rest: Buffer } | undefined;
}

class Counted implements BodyReader {
  readonly #length: number;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(length: number, limit: number) {
    if (length > limit) throw tooLarge(limit);
    this.#length = length;
  }

  push(bytes: Buffer): { body: Buffer; rest: Buffer } | undefined {
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    if (this.#buffered.length < this.#length) return undefined;
    return {
      body: this.#buffered.subarray(0, this.#length),
      rest: this.#buffered.subarray(this.#length),
    };
  }
}

function readRaw(socket: Duplex, head: Buffer, reader: BodyReader): Promise<HijackBody> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      socket.pause();
      socket.off('data', take);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      outcome();
    };
    const onEnd = (): void => {
      settle(() => {
        reject(brokenOff());
      });
    };
    const take = (bytes: Buffer): void => {
      try {
        const whole = reader.push(bytes);
        if (whole === undefined) return;
        settle(() => {
          resolve({ body: whole.body, early: whole.rest });
        });
      } catch (error) {
        settle(() => {
          reject(toCallError(error));
        });
      }
    };
    socket.on('data', take);
    socket.once('end', onEnd);
    socket.once('close', onEnd);
    take(head);
  });
}

function tooLarge(limit: number): CallError {
  return new CallError('BODY_TOO_LARGE', `refused: a body over ${limit} bytes`);
}

function brokenOff(): CallError {
  return new CallError('REQUEST_MALFORMED', 'refused: the request ended before its body did');
}
