import type { ByteSource } from './byte-source.ts';

export type HeaderLine = readonly [name: string, value: string];

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Lines in the order and case in which they came. */
  readonly rawHeaders: readonly HeaderLine[];
  /** The head's bytes as they came, the empty line included. */
  readonly bytes: Buffer;
}

/** What Go's server answers before any handler runs. */
export interface MalformedHead {
  readonly malformed: '400 Bad Request' | '501 Not Implemented' | '505 HTTP Version Not Supported';
  readonly bytes: Buffer;
}

const VERSION = /^HTTP\/[0-9]\.[0-9]$/;

/**
 * Reads one request head the way Go's net/http does: bare LF ends a line, a folded line continues
 * the last one, equal Content-Lengths may repeat. Undefined at the end of the stream.
 */
export async function readRequestHead(
  source: ByteSource,
): Promise<RequestHead | MalformedHead | undefined> {
  const raw: Buffer[] = [];
  const lines: string[] = [];
  for (;;) {
    const line = await source.readUntil('\n');
    if (line === undefined) return undefined;
    raw.push(line);
    const text = line.toString('latin1').replace(/\r?\n$/, '');
    if (text === '') break;
    if (/^[ \t]/.test(text) && lines.length > 1) lines.push(`${lines.pop() ?? ''} ${text.trim()}`);
    else lines.push(text);
  }
  return parseHead(lines, Buffer.concat(raw));
}

function parseHead(lines: readonly string[], bytes: Buffer): RequestHead | MalformedHead {
  const [requestLine = '', ...headerLines] = lines;
  const [method = '', target = '', version = '', ...rest] = requestLine.split(' ');
  if (rest.length > 0 || method === '' || target === '' || !VERSION.test(version)) {
    return { malformed: '400 Bad Request', bytes };
  }
  const rawHeaders = headerLines.map(parseHeaderLine);
  if (rawHeaders.some((line) => line === undefined)) return { malformed: '400 Bad Request', bytes };
  const head = {
    method,
    target,
    version,
    bytes,
    rawHeaders: rawHeaders.filter((line) => line !== undefined),
  };
  const malformed = judge(head);
  return malformed === undefined ? head : { malformed, bytes };
}

function parseHeaderLine(line: string): HeaderLine | undefined {
  const colon = line.indexOf(':');
  if (colon < 0 || /[ \t]$/.test(line.slice(0, colon))) return undefined;
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function judge(head: RequestHead): MalformedHead['malformed'] | undefined {
  if (!head.version.startsWith('HTTP/1.')) return '505 HTTP Version Not Supported';
  const hosts = headerValues(head, 'host');
  if (hosts.length > 1 || (head.version === 'HTTP/1.1' && hosts.length === 0)) {
    return '400 Bad Request';
  }
  const codings = headerValues(head, 'transfer-encoding');
  if (codings.length > 1 || !['chunked', undefined].includes(codings[0]?.toLowerCase())) {
    return '501 Not Implemented';
  }
  const lengths = new Set(headerValues(head, 'content-length'));
  const [length = '0'] = lengths;
  return lengths.size > 1 || !/^[0-9]+$/.test(length) ? '400 Bad Request' : undefined;
}

/** Every value of one header, in order; names compare without case. */
export function headerValues(
  head: { readonly rawHeaders: readonly HeaderLine[] },
  name: string,
): string[] {
  return head.rawHeaders.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}
