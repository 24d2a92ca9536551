import { isBodyAction, type BodyAction, type BodyView } from '../docker-api/body/bodies.ts';
import { checkContentType } from '../docker-api/body/content-type.ts';
import { readBody } from '../docker-api/body/read-body.ts';
import type { Operation } from '../docker-api/operation.ts';
import { bodyTooLarge, CallError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { endToEnd, headerValues } from '../http/headers.ts';
import type { Framing } from './head.ts';
import type { Understood } from './understand.ts';

/** A body that has arrived whole, and what came behind it on an upgraded connection. */
export interface Received {
  readonly body: Buffer;
  readonly early: Buffer;
}

/** What the body of a call says, by its action. */
export type ReadBody = {
  readonly [A in BodyAction]: {
    readonly action: A;
    readonly view: BodyView<A>;
    /** JSON pointers of the fields that no daemon of that version knows. */
    readonly unknownFields: readonly string[];
  };
}[BodyAction];

/** A call whose body, where it was needed, has been received and read. */
export interface WithBody extends Understood {
  /** What goes upstream is this, byte for byte, and nothing else. */
  readonly received?: Received;
  readonly body?: ReadBody;
}

export interface ReadBodyOptions {
  /** Whether the configuration needs to know the body of a call. */
  readonly isNeeded: (operation: Operation) => boolean;
  /** The most that such a body may hold, in bytes. */
  readonly maxBytes: number;
  readonly receive: (
    exchange: Exchange,
    framing: Framing,
    limits: { readonly bytes: number; readonly ms: number },
  ) => Promise<Received>;
}

/** How long a body may take to arrive that has to be read first, ms. */
const ARRIVAL_MS = 60_000;

/**
 * Reads the bodies that the configuration needs to know, as the daemon will read them. A body that
 * is too large to be read is refused, never passed on unread.
 *
 * @returns a function that gives back the call as it is where its body is not needed; nothing of it
 * has been touched then. It throws CallError `BODY_TOO_LARGE` (from Content-Length, before a byte
 * is read, or on the way), `REQUEST_MALFORMED`, `REQUEST_AMBIGUOUS`, or `CONNECTION_OVER` where the
 * client went meanwhile.
 */
export function createReadBody({ isNeeded, maxBytes, receive }: ReadBodyOptions) {
  return function readBodyOf(
    exchange: Exchange,
    call: Understood,
    judge?: { readonly needs: { readonly body: boolean } },
  ): WithBody | Promise<WithBody> {
    const { operation } = call;
    const { action } = operation;
    if (!isBodyAction(action) || !(judge?.needs.body === true || isNeeded(operation))) {
      return call;
    }
    return readNeeded(exchange, call, action);
  };

  async function readNeeded(
    exchange: Exchange,
    call: Understood,
    action: BodyAction,
  ): Promise<WithBody> {
    const { operation, framing } = call;
    const { version } = operation;
    checkHead(exchange, action, framing, maxBytes);
    const received = await receive(exchange, framing, { bytes: maxBytes, ms: ARRIVAL_MS });
    const { view, unknownFields } = readBody(action, version, received.body);
    return {
      ...call,
      upstream: call.hijack ? call.upstream : withLength(call.upstream, received.body.length),
      received,
      body: { action, view, unknownFields } as ReadBody,
    };
  }
}

function checkHead(
  { request: { rawHeaders } }: Exchange,
  action: BodyAction,
  framing: Framing,
  maxBytes: number,
): void {
  // The daemon decodes no request's content coding: it would see other bytes than a gate that does.
  if (headerValues(rawHeaders, 'content-encoding').length > 0) {
    throw new CallError('REQUEST_MALFORMED', 'refused: a body with a Content-Encoding');
  }
  const length = framing.kind === 'chunked' ? undefined : lengthOf(framing);
  checkContentType(action, headerValues(rawHeaders, 'content-type')[0], length);
  if (length !== undefined && length > maxBytes) {
    throw bodyTooLarge(maxBytes);
  }
}

function lengthOf(framing: Exclude<Framing, { kind: 'chunked' }>): number {
  return framing.kind === 'none' ? 0 : framing.length;
}

/** The request with the length of what was received, however the client delimited it. */
function withLength(upstream: Understood['upstream'], length: number): Understood['upstream'] {
  const headers = endToEnd(upstream.headers, ['content-length']);
  return {
    ...upstream,
    headers: [...headers, 'Content-Length', String(length)],
    hasBody: length > 0,
  };
}
