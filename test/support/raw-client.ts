import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ByteSource } from './fake/byte-source.ts';
import { deferred } from './fake/deferred.ts';
import {
  readChunk,
  readOneHead,
  readResponse,
  readResponseHead,
  type HeaderLine,
  type Response,
  type ResponseHead,
} from './raw/response-reader.ts';

/** A client certificate and its key, PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
}

export interface ClientOptions {
  readonly port: number;
  /** 127.0.0.1 unless given; the server's certificate is checked for it. */
  readonly host?: string;
  /** The address that it comes from, one of this host's; the kernel's choice unless given. */
  readonly from?: string;
  /** PEM of the authority that the server's certificate must chain to. */
  readonly ca: string;
  /** Client certificate; without one none is sent. */
  readonly leaf?: Leaf | undefined;
  readonly tls?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly alpn?: readonly string[];
  /** Session of an earlier connection, to try a resumption with. */
  readonly session?: Buffer | undefined;
  readonly more?: ConnectionOptions;
}

export interface CallOptions {
  readonly headers?: readonly HeaderLine[];
  readonly body?: Buffer | string;
}

/** How the server's side ended: its end, or the error that the socket met. */
export type Ending = 'end' | { readonly error: string };

/** A client that sends any bytes in any pieces and reads only what it is asked to read: over TLS, or a unix socket. */
export class RawClient<S extends Socket = TLSSocket> {
  readonly socket: S;
  readonly source: ByteSource;
  /** Resolves when nothing more can come, with the way it ended. */
  readonly ending: Promise<Ending>;
  /** Sessions (tickets) that the server gave. */
  readonly sessions: Buffer[] = [];
  readonly #tcp: Socket;

  constructor(socket: S, tcp: Socket) {
    this.socket = socket;
    this.#tcp = tcp;
    const { promise, resolve } = deferred<Ending>();
    this.ending = promise;
    socket.once('end', () => {
      resolve('end');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ error: error.code ?? error.message });
    });
    socket.once('close', () => {
      resolve({ error: 'closed without an end' });
    });
    socket.on('session', (session: Buffer) => this.sessions.push(session));
    this.source = new ByteSource(socket);
  }

  /** The port from which this client speaks. */
  get localPort(): number {
    return this.socket.localPort ?? 0;
  }

  /** Resolves when the bytes are in the kernel: true, or false when the connection is gone. */
  send(bytes: Buffer | string): Promise<boolean> {
    return new Promise((resolve) => {
      const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
      this.socket.write(data, (error) => {
        // Node reports no error for a write that a destroyed socket never finished.
        resolve(!error && !this.socket.destroyed);
      });
    });
  }

  /** Sends each piece as a TLS record of its own. */
  async sendPieces(pieces: readonly (Buffer | string)[]): Promise<void> {
    for (const piece of pieces) await this.send(piece);
  }

  /** Half-close: close_notify and FIN; reading goes on. */
  end(): void {
    this.socket.end();
  }

  /** Vanishes with a TCP reset. */
  reset(): void {
    this.#tcp.resetAndDestroy();
  }

  /** Vanishes with a FIN (or a reset, where bytes were left unread). */
  destroy(): void {
    this.socket.destroy();
  }

  readHead(): Promise<ResponseHead | undefined> {
    return readResponseHead(this.source);
  }

  readBody(head: ResponseHead, method = 'GET'): Promise<Response> {
    return readResponse(this.source, head, method);
  }

  /** One interim answer (1xx), which must be the next thing to come. */
  async readInterim(): Promise<ResponseHead> {
    const head = await readOneHead(this.source);
    if (head === undefined) throw new Error('the connection ended without an interim answer');
    return head;
  }

  /** Next chunk of a chunked body. */
  readChunk(): Promise<Buffer | undefined> {
    return readChunk(this.source);
  }

  /** A whole answer; throws when the connection ends before a head came. */
  async readAnswer(method = 'GET'): Promise<Response> {
    const head = await this.readHead();
    if (head === undefined) {
      throw new Error(`no answer; the connection ended: ${JSON.stringify(await this.ending)}`);
    }
    return this.readBody(head, method);
  }

  /** One request and its whole answer, on this connection. */
  async call(method: string, target: string, options: CallOptions = {}): Promise<Response> {
    await this.send(requestBytes(method, target, options));
    return this.readAnswer(method);
  }
}

/** Head and body of a request in one piece; a body gets its Content-Length. */
export function requestBytes(
  method: string,
  target: string,
  { headers = [], body }: CallOptions = {},
): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: docker', ...headers.map(toLine)];
  const payload = body === undefined ? undefined : Buffer.from(body);
  if (payload !== undefined) lines.push(`Content-Length: ${payload.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return payload === undefined ? head : Buffer.concat([head, payload]);
}

/** Resolves after the handshake; rejects with the TLS or system error where there is none. */
export async function connectRaw(options: ClientOptions): Promise<RawClient> {
  const tcp = await connectPlain(options.port, options.host, options.from);
  return new Promise((resolve, reject) => {
    const socket = connectTls(tlsOptions(options, tcp));
    const client = new RawClient(socket, tcp);
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      resolve(client);
    });
  });
}

/** A client on a unix socket, without TLS. */
export async function connectLocal(path: string): Promise<RawClient<Socket>> {
  const socket = connectTcp({ path, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  return new RawClient(socket, socket);
}

/** A TCP connection on which no TLS is spoken. @param from the address that it comes from, of this host. */
export function connectPlain(port: number, host = '127.0.0.1', from?: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ port, host, localAddress: from, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function tlsOptions(options: ClientOptions, socket: Socket): ConnectionOptions {
  const { leaf, tls, alpn, session } = options;
  return {
    socket,
    host: options.host ?? '127.0.0.1',
    ca: options.ca,
    ...(leaf && { cert: leaf.cert, key: leaf.key }),
    ...(tls && { minVersion: tls, maxVersion: tls }),
    ...(alpn && { ALPNProtocols: [...alpn] }),
    ...(session && { session }),
    ...options.more,
  };
}

function toLine([name, value]: HeaderLine): string {
  return `${name}: ${value}`;
}
