import type { Identity } from '../../../src/identity/types.ts';
import http, { ServerResponse } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import type { Connection, Exchange } from '../../../src/exchange.ts';

export const ALICE: Connection & { readonly identity: Identity } = {
  remote: '192.0.2.7:51234',
  tls: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  identity: {
    user: 'alice',
    ca: 'own',
    serial: '0A1B',
    fingerprint: 'ab'.repeat(32),
    notBefore: Date.parse('2028-01-01T00:00:00Z'),
    notAfter: Date.parse('2030-01-01T00:00:00Z'),
  },
};

/** What Node made of some bytes: the requests in them, and what it refused. */
export interface Heard {
  readonly exchanges: readonly Exchange[];
  readonly errors: readonly Error[];
  /** The client's end of the connection, and the server's. */
  readonly client: Duplex;
  readonly server: Duplex;
}

/** Requests as Node's own parser reads them, over a pair of streams in memory. */
export async function hear(bytes: string | Buffer): Promise<Heard> {
  const [client, server] = duplexPair();
  const heard = { exchanges: [] as Exchange[], errors: [] as Error[], client, server };
  const add = (request: http.IncomingMessage, response: ServerResponse, rest = {}): void => {
    heard.exchanges.push({
      connection: ALICE,
      request,
      response,
      takeOver: () => server,
      expectsContinue: false,
      ...rest,
    });
  };
  const onUpgrade = (request: http.IncomingMessage, socket: Duplex, head: Buffer): void => {
    add(request, new ServerResponse(request), { upgrade: { socket, head } });
  };
  const parser = http.createServer(add);
  parser.on('checkContinue', (request, response) => {
    add(request, response, { expectsContinue: true });
  });
  parser.on('checkExpectation', add);
  parser.on('upgrade', onUpgrade);
  parser.on('connect', onUpgrade);
  parser.on('clientError', (error) => heard.errors.push(error));
  parser.emit('connection', server);
  // Accepted once the parser has taken it all.
  await new Promise((resolve) => client.write(bytes, resolve));
  await new Promise(setImmediate);
  return heard;
}

/** The one request in `head`, a request head without its last empty line, lines ended by LF. */
export async function exchangeOf(head: string, body = ''): Promise<Exchange> {
  const { exchanges, errors } = await hear(
    `${head.trim().replace(/\n\s*/g, '\r\n')}\r\n\r\n${body}`,
  );
  const [exchange] = exchanges;
  if (exchange === undefined) throw new Error('Node read no request', { cause: errors[0] });
  return exchange;
}
