/** How an answer's body is delimited (RFC 9112 section 6.3). */
export type AnswerFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** By the end of the connection. */
  | { readonly kind: 'close' };

/** The head of an answer, as the daemon sent it. */
export interface AnswerHead {
  readonly status: number;
  /** Reason phrase, as sent; latin1. */
  readonly statusText: string;
  /** Name, value, name, value, … in the daemon's order and case; latin1. */
  readonly headers: readonly string[];
  readonly framing: AnswerFraming;
  /** False where the connection is not to be used again. */
  readonly keepAlive: boolean;
}

/** What is no answer of HTTP/1.1. The message says why, and repeats nothing of it. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/** The reason phrase may be absent, and the space before it with it (RFC 9112 section 4). */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^[0-9]{1,15}$/;

/** Bodies of these are empty whatever the head says. */
const isBodiless = (status: number): boolean => status === 204 || status === 304;

/** What a head says of its body and its connection, gathered line by line. */
interface Said {
  length: string | undefined;
  coding: string | undefined;
  close: boolean;
  keepAlive: boolean;
}

/**
 * Reads the head of an answer, strictly: what two readers might read in two ways is no answer.
 *
 * @param text the head without its empty line, latin1.
 * @param isHead true for an answer to HEAD, which has no body.
 * @throws MalformedAnswer
 */
export function readAnswerHead(text: string, isHead: boolean): AnswerHead {
  const lines = text.split('\r\n');
  const start = STATUS_LINE.exec(lines[0] ?? '');
  if (start === null) throw new MalformedAnswer('no status line');
  const status = Number(start[2]);
  const headers: string[] = [];
  const said: Said = { length: undefined, coding: undefined, close: false, keepAlive: false };
  for (let at = 1; at < lines.length; at += 1) readLine(lines[at] ?? '', headers, said);
  const framing = framingOf(status, isHead, said);
  const persistent = start[1] === '1' ? !said.close : said.keepAlive && !said.close;
  return {
    status,
    statusText: start[3] ?? '',
    headers,
    framing,
    keepAlive: persistent && framing.kind !== 'close',
  };
}

function readLine(line: string, headers: string[], said: Said): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  // A line that continues the one before begins with a space, which no name does.
  if (colon < 1 || !NAME.test(name)) throw new MalformedAnswer('a header without a name');
  const value = withoutSpace(line, colon + 1);
  if (!VALUE.test(value)) throw new MalformedAnswer('a header with a control character');
  headers.push(name, value);
  // Only these lengths are of names that matter here.
  if (name.length === 14) noteLength(name, value, said);
  else if (name.length === 17) noteCoding(name, value, said);
  else if (name.length === 10) noteConnection(name, value, said);
}

function noteLength(name: string, value: string, said: Said): void {
  if (name.toLowerCase() !== 'content-length') return;
  if (said.length !== undefined || !LENGTH.test(value)) {
    throw new MalformedAnswer('a Content-Length that is no single number');
  }
  said.length = value;
}

function noteCoding(name: string, value: string, said: Said): void {
  if (name.toLowerCase() !== 'transfer-encoding') return;
  if (said.coding !== undefined || value.toLowerCase() !== 'chunked') {
    throw new MalformedAnswer('a transfer coding other than chunked');
  }
  said.coding = value;
}

function noteConnection(name: string, value: string, said: Said): void {
  if (name.toLowerCase() !== 'connection') return;
  const tokens = value
    .toLowerCase()
    .split(',')
    .map((token) => token.trim());
  if (tokens.includes('close')) said.close = true;
  if (tokens.includes('keep-alive')) said.keepAlive = true;
}

function framingOf(status: number, isHead: boolean, { length, coding }: Said): AnswerFraming {
  if (length !== undefined && coding !== undefined) {
    throw new MalformedAnswer('Content-Length together with Transfer-Encoding');
  }
  if (isHead || isBodiless(status) || status < 200) return { kind: 'none' };
  if (coding !== undefined) return { kind: 'chunked' };
  return length === undefined ? { kind: 'close' } : { kind: 'length', length: Number(length) };
}

/** From `start` on, without spaces and tabs at either end (RFC 9110 section 5.5). */
function withoutSpace(line: string, start: number): string {
  let from = start;
  let to = line.length;
  while (from < to && isSpace(line.charCodeAt(from))) from += 1;
  while (to > from && isSpace(line.charCodeAt(to - 1))) to -= 1;
  return line.slice(from, to);
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09;
