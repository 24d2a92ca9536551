import { STATUS_CODES } from 'node:http';
import type { FakeConnection } from './connection.ts';
import { deferred } from './deferred.ts';
import { HijackedStream, hijackAnswer, type HijackKind } from './hijacked.ts';
import { RequestBody } from './request-body.ts';
import { headerValues, type HeaderLine, type RequestHead } from './request-head.ts';

export type Outcome = 'keep-alive' | 'close' | 'hijacked' | 'broken-off';
export type Framing = 'chunked' | 'close-delimited' | { readonly length: number } | 'none';

/** Every answer of the daemon carries these (facts: version negotiation). */
export const DAEMON_HEADERS: readonly HeaderLine[] = [
  ['Api-Version', '1.56'],
  ['Docker-Experimental', 'false'],
  ['Ostype', 'linux'],
  ['Server', 'Docker/29.0.0 (linux)'],
];

/** One request as the daemon sees it, and the means to answer it, well or badly. */
export class DaemonCall {
  readonly method: string;
  readonly target: string;
  /** Target without version prefix and query. */
  readonly path: string;
  readonly rawHeaders: readonly HeaderLine[];
  readonly headBytes: Buffer;
  readonly body: RequestBody;
  readonly connection: FakeConnection;
  readonly finished: Promise<Outcome>;
  isHijacked = false;
  readonly #finish: (outcome: Outcome) => void;
  readonly #keepAlive: boolean;
  #framing: Framing = 'none';

  constructor(head: RequestHead, connection: FakeConnection) {
    this.method = head.method;
    this.target = head.target;
    this.path = head.target.replace(/\?.*$/s, '').replace(/^\/v[0-9.]+(?=\/)/, '');
    this.rawHeaders = head.rawHeaders;
    this.headBytes = head.bytes;
    this.connection = connection;
    this.body = new RequestBody(connection.source, head);
    const { promise, resolve } = deferred<Outcome>();
    this.finished = promise;
    this.#finish = resolve;
    this.#keepAlive = head.version === 'HTTP/1.1' && this.header('connection') !== 'close';
  }

  /** First value of a header, like Go's Get. */
  header(name: string): string | undefined {
    return headerValues(this, name)[0];
  }

  /** Any bytes at all; the call goes on. */
  raw(bytes: Buffer | string): Promise<boolean> {
    return this.connection.write(bytes);
  }

  interim(status: number, headers: readonly HeaderLine[] = []): Promise<boolean> {
    return this.raw(headText(status, headers));
  }

  /** Sends the head at once and the body later (`wait`, `events`, `logs -f`). */
  start(
    framing: Framing,
    { status = 200, headers = [] as readonly HeaderLine[] } = {},
  ): Promise<boolean> {
    this.#framing = framing;
    return this.raw(headText(status, [...headers, ...framingHeaders(framing)]));
  }

  /** A piece of the body, framed as `start` said. */
  write(bytes: Buffer | string): Promise<boolean> {
    const data = Buffer.from(bytes);
    if (this.#framing !== 'chunked') return this.raw(data);
    const size = `${data.length.toString(16)}\r\n`;
    return this.raw(Buffer.concat([Buffer.from(size), data, Buffer.from('\r\n')]));
  }

  /** Ends the answer as its framing demands. */
  async end(trailers: readonly HeaderLine[] = []): Promise<void> {
    if (this.#framing === 'chunked') await this.raw(`0\r\n${lines(trailers)}\r\n`);
    const goesOn = this.#keepAlive && this.#framing !== 'close-delimited';
    this.#finish(goesOn ? 'keep-alive' : 'close');
  }

  /** A whole answer with Content-Length. */
  async answer(status: number, headers: readonly HeaderLine[], body: Buffer | string = '') {
    const payload = Buffer.from(body);
    const length = status === 204 || status === 304 ? 'none' : { length: payload.length };
    await this.start(length, { status, headers });
    if (payload.length > 0 && this.method !== 'HEAD') await this.raw(payload);
    await this.end();
  }

  json(status: number, value: unknown, headers: readonly HeaderLine[] = DAEMON_HEADERS) {
    const all: HeaderLine[] = [...headers, ['Content-Type', 'application/json']];
    return this.answer(status, all, `${JSON.stringify(value)}\n`);
  }

  /** Attach answers its errors raw: no JSON, no length, then CloseWrite (attach error path). */
  async attachError(status: number, message: string): Promise<void> {
    this.#framing = 'close-delimited';
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    await this.raw(`${head}Content-Type: application/vnd.docker.raw-stream\r\n\r\n${message}\r\n`);
    this.#finish('close');
  }

  /** Takes the connection over; what came early is lost, as with the real daemon. */
  async hijack(kind: HijackKind): Promise<HijackedStream> {
    this.isHijacked = true;
    const stream = new HijackedStream(this.connection);
    this.#finish('hijacked');
    await this.raw(hijackAnswer(kind, this.header('sec-websocket-key')));
    return stream;
  }

  /** Closes without another word, at whatever phase the answer is. */
  breakOff(): void {
    this.connection.destroy();
    this.#finish('broken-off');
  }
}

function headText(status: number, headers: readonly HeaderLine[]): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Status'}\r\n${lines(headers)}\r\n`;
}

function lines(headers: readonly HeaderLine[]): string {
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

function framingHeaders(framing: Framing): HeaderLine[] {
  if (framing === 'chunked') return [['Transfer-Encoding', 'chunked']];
  if (framing === 'close-delimited') return [['Connection', 'close']];
  return framing === 'none' ? [] : [['Content-Length', String(framing.length)]];
}
