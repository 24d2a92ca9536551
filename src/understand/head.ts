import { CallError } from '../errors.ts';
import { isHopByHop, tokensOf, type RawHeaders } from '../http/headers.ts';

/** How a request's body is delimited. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' };

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

type Single = (typeof SINGLE)[number];

/** The part of a request head that has to be unambiguous before anything else is read. */
export interface Head {
  readonly framing: Framing;
  /** The `Upgrade` value, lower case; undefined where the request asks for none. */
  readonly upgrade: string | undefined;
  /** The value of a header that may be there once. */
  readonly only: ReadonlyMap<Single, string>;
  /** @returns the headers that may travel on, but for those in `except`; names in lower case. */
  endToEnd(except: readonly string[]): string[];
}

const REGISTRY_HEADER = 'x-registry-';

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
  const only = new Map<Single, string>();
  const names: string[] = [];
  let registry: Set<string> | undefined;
  let connection: string[] | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    names.push(name);
    if (isSingle(name)) {
      if (only.has(name)) refuse(`more than one ${name} header`);
      only.set(name, value);
    } else if (name === 'connection') {
      connection = [...(connection ?? []), ...tokensOf(value)];
    } else if (name.startsWith(REGISTRY_HEADER)) {
      registry ??= new Set();
      if (registry.has(name)) refuse('more than one X-Registry header of one name');
      registry.add(name);
    }
  }
  if (connection?.every((token) => CONNECTION_TOKENS.has(token)) === false) {
    refuse('Connection names a header that is not hop-by-hop');
  }
  return {
    only,
    framing: readFraming(only),
    upgrade: readUpgrade(only.get('upgrade'), connection?.includes('upgrade') === true),
    endToEnd: (except) => {
      const kept: string[] = [];
      for (const [index, name] of names.entries()) {
        if (isHopByHop(name) || except.includes(name) || connection?.includes(name)) continue;
        kept.push(raw[index * 2] ?? '', raw[index * 2 + 1] ?? '');
      }
      return kept;
    },
  };
}

const SINGLES: ReadonlySet<string> = new Set(SINGLE);

function isSingle(name: string): name is Single {
  return SINGLES.has(name);
}

const NONE: Framing = { kind: 'none' };
const CHUNKED: Framing = { kind: 'chunked' };

function readFraming(only: Head['only']): Framing {
  const coding = only.get('transfer-encoding');
  const length = only.get('content-length');
  if (coding !== undefined) {
    if (length !== undefined) refuse('Content-Length together with Transfer-Encoding');
    if (coding.toLowerCase() !== 'chunked') refuse('a transfer coding other than chunked');
    return CHUNKED;
  }
  if (length === undefined) return NONE;
  if (!/^[0-9]{1,15}$/.test(length)) refuse('a Content-Length that is no plain number');
  return { kind: 'length', length: Number(length) };
}

/** The daemon looks at `Upgrade` alone, others at `Connection` too: only both together are clear. */
function readUpgrade(upgrade: string | undefined, isAsked: boolean): string | undefined {
  if (upgrade === undefined && !isAsked) return undefined;
  if (upgrade === undefined || !isAsked) {
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
