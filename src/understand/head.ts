import { CallError } from '../errors.ts';
import { headerTokens, headerValues, type RawHeaders } from '../http/headers.ts';

/** How a request's body is delimited. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' };

/** The part of a request head that has to be unambiguous before anything else is read. */
export interface Head {
  readonly framing: Framing;
  /** The `Upgrade` value, lower case; undefined where the request asks for none. */
  readonly upgrade: string | undefined;
}

/** Headers of which a second line could be read by someone else than the first (RFC 9110 5.3). */
const SINGLE = [
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'upgrade',
  'expect',
  'authorization',
] as const;

const REGISTRY_HEADER = /^x-registry-/i;

/** `Connection` may name these as hop-by-hop; naming others would take a header off the request. */
const CONNECTION_TOKENS: ReadonlySet<string> = new Set([
  'close',
  'keep-alive',
  'upgrade',
  'te',
  'http2-settings',
]);

/**
 * Reads framing and upgrade of a request, and refuses what two parsers might read in two ways
 * (RFC 9112 section 6.3; Go net/http transfer.go).
 *
 * @throws CallError `REQUEST_AMBIGUOUS`.
 */
export function readHead(raw: RawHeaders): Head {
  for (const name of SINGLE) {
    if (headerValues(raw, name).length > 1) refuse(`more than one ${name} header`);
  }
  const registry = raw.filter((name, at) => at % 2 === 0 && REGISTRY_HEADER.test(name));
  if (new Set(registry.map((name) => name.toLowerCase())).size < registry.length) {
    refuse('more than one X-Registry header of one name');
  }
  for (const token of headerTokens(raw, 'connection')) {
    if (!CONNECTION_TOKENS.has(token)) refuse('Connection names a header that is not hop-by-hop');
  }
  return { framing: readFraming(raw), upgrade: readUpgrade(raw) };
}

function readFraming(raw: RawHeaders): Framing {
  const [coding] = headerValues(raw, 'transfer-encoding');
  const [length] = headerValues(raw, 'content-length');
  if (coding !== undefined) {
    if (length !== undefined) refuse('Content-Length together with Transfer-Encoding');
    if (coding.toLowerCase() !== 'chunked') refuse('a transfer coding other than chunked');
    return { kind: 'chunked' };
  }
  if (length === undefined) return { kind: 'none' };
  if (!/^[0-9]{1,15}$/.test(length)) refuse('a Content-Length that is no plain number');
  return { kind: 'length', length: Number(length) };
}

/** The daemon looks at `Upgrade` alone, others at `Connection` too: only both together are clear. */
function readUpgrade(raw: RawHeaders): string | undefined {
  const [upgrade] = headerValues(raw, 'upgrade');
  const asked = headerTokens(raw, 'connection').includes('upgrade');
  if (upgrade === undefined && !asked) return undefined;
  if (upgrade === undefined || !asked) {
    throw new CallError(
      'UPGRADE_NOT_ALLOWED',
      'refused: an upgrade needs both "Connection: Upgrade" and one Upgrade header',
    );
  }
  return upgrade.trim().toLowerCase();
}

function refuse(reason: string): never {
  throw new CallError('REQUEST_AMBIGUOUS', `refused: ${reason}`);
}
