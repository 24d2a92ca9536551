import type { ByteSource } from '../fake/byte-source.ts';

export type HeaderLine = readonly [name: string, value: string];

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly version: string;
  /** Lines in the order and case in which they came. */
  readonly rawHeaders: readonly HeaderLine[];
  readonly interim: readonly ResponseHead[];
}

export interface Response extends ResponseHead {
  readonly body: Buffer;
  readonly framing: 'chunked' | 'length' | 'close' | 'none';
  readonly trailers: readonly HeaderLine[];
  /** Whether the framing says that nothing is missing; for `close` only the ending can tell. */
  readonly isWhole: boolean;
}

/** The gate sent something that is not HTTP; the message carries the bytes. */
export class NotHttp extends Error {}

const STATUS_LINE = /^(HTTP\/1\.[01]) ([0-9]{3}) ?([^\r\n]*)$/;

/** Reads the head of the final answer (101 counts as final). Undefined at the end of the stream. */
export async function readResponseHead(source: ByteSource): Promise<ResponseHead | undefined> {
  const interim: ResponseHead[] = [];
  for (;;) {
    const head = await readOneHead(source);
    if (head === undefined) return undefined;
    if (head.status >= 200 || head.status === 101) return { ...head, interim };
    interim.push(head);
  }
}

/** Reads one head, interim or final. Undefined at the end of the stream. */
export async function readOneHead(source: ByteSource): Promise<ResponseHead | undefined> {
  const lines = await readLines(source);
  return lines === undefined ? undefined : parseHead(lines);
}

/** Reads the body that belongs to `head`, as far as it comes. */
export async function readResponse(
  source: ByteSource,
  head: ResponseHead,
  method: string,
): Promise<Response> {
  const framing = framingOf(head, method);
  const none = { body: Buffer.alloc(0), isWhole: true, trailers: [] };
  if (framing === 'none') return { ...head, framing, ...none };
  if (framing === 'chunked') return { ...head, framing, ...(await readChunked(source)) };
  if (framing === 'close') return { ...head, framing, ...none, body: await source.readAll() };
  const length = Number(headerValue(head, 'content-length'));
  const body = await source.readExactly(length);
  return { ...head, framing, body, isWhole: body.length === length, trailers: [] };
}

/** RFC 9112 section 6.3. */
export function framingOf(head: ResponseHead, method: string): Response['framing'] {
  const { status } = head;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none';
  if (headerValue(head, 'transfer-encoding') !== undefined) return 'chunked';
  return headerValue(head, 'content-length') === undefined ? 'close' : 'length';
}

/** First value of a header; names compare without case. */
export function headerValue(
  head: { readonly rawHeaders: readonly HeaderLine[] },
  name: string,
): string | undefined {
  return head.rawHeaders.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Next chunk of a chunked body; undefined after the last one or when the stream ends. */
export async function readChunk(source: ByteSource): Promise<Buffer | undefined> {
  const line = await readLine(source);
  if (line === undefined) return undefined;
  if (!/^[0-9a-fA-F]+$/.test(line)) throw new NotHttp(`chunk size ${JSON.stringify(line)}`);
  const size = Number.parseInt(line, 16);
  if (size === 0) return undefined;
  const data = await source.readExactly(size);
  const end = await source.readExactly(2);
  if (data.length === size && end.toString() !== '\r\n') throw new NotHttp('chunk without CRLF');
  return data;
}

async function readChunked(
  source: ByteSource,
): Promise<{ body: Buffer; isWhole: boolean; trailers: readonly HeaderLine[] }> {
  const parts: Buffer[] = [];
  for (;;) {
    const line = await source.readUntil('\r\n');
    if (line === undefined) return { body: Buffer.concat(parts), isWhole: false, trailers: [] };
    if (line.toString() === '0\r\n') break;
    source.unread(line);
    const chunk = await readChunk(source);
    if (chunk !== undefined) parts.push(chunk);
  }
  const lines = await readLines(source);
  const trailers = (lines ?? []).map(parseLine);
  return { body: Buffer.concat(parts), isWhole: lines !== undefined, trailers };
}

async function readLines(source: ByteSource): Promise<string[] | undefined> {
  const lines: string[] = [];
  for (;;) {
    const line = await readLine(source);
    if (line === undefined) return undefined;
    if (line === '') return lines;
    lines.push(line);
  }
}

async function readLine(source: ByteSource): Promise<string | undefined> {
  const line = await source.readUntil('\r\n');
  return line?.subarray(0, -2).toString('latin1');
}

function parseHead(lines: readonly string[]): ResponseHead {
  const [first = '', ...rest] = lines;
  const [, version = '', status = '', reason = ''] = STATUS_LINE.exec(first) ?? [];
  if (version === '') throw new NotHttp(`status line ${JSON.stringify(first)}`);
  return { version, status: Number(status), reason, rawHeaders: rest.map(parseLine), interim: [] };
}

function parseLine(line: string): HeaderLine {
  const colon = line.indexOf(':');
  if (colon <= 0) throw new NotHttp(`header line ${JSON.stringify(line)}`);
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
