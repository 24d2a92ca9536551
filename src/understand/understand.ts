import type { IncomingMessage } from 'node:http';
import { readOperation, type Operation } from '../docker-api/operation.ts';
import type { EngineRequest } from '../engine/types.ts';
import { CallError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { readHead, type Framing, type Head } from './head.ts';

/** A request that can be read in one way only, and what goes upstream for it. */
export interface Understood {
  readonly operation: Operation;
  readonly framing: Framing;
  /** True where the call may become a two-way stream: by an upgrade, or by its route alone. */
  readonly hijack: boolean;
  /** Written by us; the client's bytes are never copied onto a connection of the daemon. */
  readonly upstream: EngineRequest;
}

/**
 * Reads a request as the daemon would, or refuses it before the daemon sees a byte.
 *
 * @param target what the daemon is to read, where that is not what the request line says.
 * @throws CallError `REQUEST_AMBIGUOUS`, `REQUEST_MALFORMED` or `UPGRADE_NOT_ALLOWED`.
 */
export function understand(exchange: Exchange, target?: string): Understood {
  const { method = '', url = '', rawHeaders } = exchange.request;
  const head = readHead(rawHeaders);
  checkProtocol(exchange.request, head);
  const operation = readOperation(method, target ?? url);
  checkUpgrade(exchange, head, operation);
  const { path, query } = operation.target;
  const { framing } = head;
  return {
    operation,
    framing,
    // attach and exec start are hijacked by the daemon whether or not an upgrade is asked for.
    hijack: head.upgrade !== undefined || operation.hijack === 'tcp',
    upstream: {
      method,
      target: query === '' ? path : `${path}?${query}`,
      headers: upstreamHeaders(method, head, operation),
      hasBody: !isEmpty(framing),
    },
  };
}

/** Methods for which a body has no meaning, so that parsers differ on whether there is one. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['HEAD', 'OPTIONS', 'TRACE', 'CONNECT']);

function checkProtocol(request: IncomingMessage, { framing, only }: Head): void {
  const { method = '', httpVersion } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    malformed(`HTTP/${httpVersion}; HTTP/1.1 is spoken here`);
  }
  const host = only.get('host');
  if (host === undefined && httpVersion === '1.1') malformed('HTTP/1.1 without a Host');
  if (host !== undefined && !HOST.test(host)) malformed('a Host that is no host and port');
  if (httpVersion === '1.0' && framing.kind === 'chunked') {
    malformed('Transfer-Encoding under HTTP/1.0');
  }
  if (method === 'CONNECT') malformed('CONNECT; this is no general proxy');
  if (WITHOUT_BODY.has(method) && !isEmpty(framing)) {
    malformed(`a body on ${method}`);
  }
  // The daemon reads parameters out of forms, and they win over those of the query.
  const type = only.get('content-type');
  if (type !== undefined && FORM.test(type)) malformed('a form; parameters belong in the query');
  const expect = only.get('expect');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    malformed('an Expect other than 100-continue');
  }
}

/** Media types that Go's ParseForm and ParseMultipartForm read (net/http request.go). */
const FORM = /^\s*(?:application\/x-www-form-urlencoded|multipart\/)/i;

/** What Go takes for a host (x/net/http/httpguts ValidHostHeader); it may be empty. */
const HOST = /^[A-Za-z0-9\-._~!$&'()*+,;=:[\]%]*$/;

function isEmpty(framing: Framing): boolean {
  return framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
}

function malformed(what: string): never {
  throw new CallError('REQUEST_MALFORMED', `refused: ${what}`);
}

/** An upgrade is allowed on the daemon's own hijacking routes, with that route's token. */
function checkUpgrade(exchange: Exchange, head: Head, operation: Operation): void {
  if (head.upgrade === undefined) return;
  if (operation.hijack === undefined) {
    throw new CallError('UPGRADE_NOT_ALLOWED', 'refused: this call cannot be upgraded');
  }
  if (head.upgrade !== operation.hijack) {
    throw new CallError(
      'UPGRADE_NOT_ALLOWED',
      `refused: this call can be upgraded to "${operation.hijack}" only`,
    );
  }
  if (exchange.expectsContinue) {
    throw new CallError('UPGRADE_NOT_ALLOWED', 'refused: an upgrade with "Expect"');
  }
}

/** Methods whose requests carry a body by nature: an absent one is said to be empty. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** `Expect` is answered here. A body that may be followed by a stream goes up whole. */
const ANSWERED_HERE = ['expect'];
const WITHOUT_LENGTH = ['expect', 'content-length'];

function upstreamHeaders(method: string, head: Head, { hijack }: Operation): string[] {
  const { framing, upgrade, only } = head;
  const whole = upgrade !== undefined || hijack === 'tcp';
  const headers = head.endToEnd(whole ? WITHOUT_LENGTH : ANSWERED_HERE);
  // HTTP/1.0 clients need no Host; the daemon, which hears HTTP/1.1, does.
  if (!only.has('host')) headers.unshift('Host', 'docker');
  if (upgrade !== undefined) headers.push('Connection', 'Upgrade', 'Upgrade', upgrade);
  if (whole) return headers;
  if (framing.kind === 'chunked') {
    headers.push('Transfer-Encoding', 'chunked');
  } else if (framing.kind === 'none' && WITH_BODY.has(method)) {
    headers.push('Content-Length', '0');
  }
  return headers;
}
