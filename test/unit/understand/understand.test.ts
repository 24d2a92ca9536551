import { describe, expect, it } from 'vitest';
import { understand, type Understood } from '../../../src/understand/understand.ts';
import type { CallErrorCode } from '../../../src/errors.ts';
import { exchangeOf } from '../helpers/exchange.ts';
import { refusalOf } from '../helpers/refusal.ts';

const read = async (head: string, body?: string): Promise<Understood> =>
  understand(await exchangeOf(head, body));

const refuses = async (head: string, code: CallErrorCode): Promise<string> => {
  const exchange = await exchangeOf(head);
  const error = refusalOf(() => understand(exchange));
  expect(error.code).toBe(code);
  return error.message;
};

describe('what goes upstream', () => {
  it('is the canonical target with the headers in order and case, without those of the hop', async () => {
    const { upstream } = await read(`GET /v1.41/images/a%2Fb/json?x=%41 HTTP/1.1
      host: d
      X-Registry-Auth: secret
      Connection: keep-alive, TE
      Keep-Alive: 5
      TE: trailers
      Proxy-Connection: keep-alive
      x-a: 1
      Trailer: X-T
      X-A: 2`);
    expect(upstream).toEqual({
      method: 'GET',
      target: '/v1.41/images/a/b/json?x=%41',
      headers: ['host', 'd', 'X-Registry-Auth', 'secret', 'x-a', '1', 'X-A', '2'],
      hasBody: false,
    });
  });

  it('has a Host even where a client of HTTP/1.0 sent none', async () => {
    const { upstream } = await read('GET /info HTTP/1.0');
    expect(upstream.headers).toEqual(['Host', 'docker']);
  });

  it('says that a POST without a body has none, and says nothing for a GET', async () => {
    const post = await read('POST /containers/x/start HTTP/1.1\nHost: d');
    expect(post.upstream.headers).toEqual(['Host', 'd', 'Content-Length', '0']);
    expect(post.upstream.hasBody).toBe(false);
    const get = await read('GET /info HTTP/1.1\nHost: d');
    expect(get.upstream.headers).toEqual(['Host', 'd']);
  });

  it('keeps the length that the client gave', async () => {
    const { upstream, framing } = await read(
      'POST /containers/create HTTP/1.1\nHost: d\ncontent-length: 2',
      '{}',
    );
    expect(upstream.headers).toEqual(['Host', 'd', 'content-length', '2']);
    expect(framing).toEqual({ kind: 'length', length: 2 });
    expect(upstream.hasBody).toBe(true);
  });

  it('takes a length of zero for no body, and sends it on', async () => {
    const { upstream } = await read('PUT /x HTTP/1.1\nHost: d\nContent-Length: 0');
    expect(upstream.headers).toEqual(['Host', 'd', 'Content-Length', '0']);
    expect(upstream.hasBody).toBe(false);
  });

  it('frames a chunked body anew', async () => {
    const { upstream } = await read(
      'POST /images/load HTTP/1.1\nTransfer-Encoding: Chunked\nHost: d',
    );
    expect(upstream.headers).toEqual(['Host', 'd', 'Transfer-Encoding', 'chunked']);
    expect(upstream.hasBody).toBe(true);
  });

  it('leaves Expect out, which is answered here', async () => {
    const { upstream } = await read(
      'POST /images/load HTTP/1.1\nHost: d\nExpect: 100-Continue\nContent-Length: 5',
    );
    expect(upstream.headers).toEqual(['Host', 'd', 'Content-Length', '5']);
  });
});

describe('a call that may leave HTTP', () => {
  it('goes up without the length of its body, which is known once it has been read', async () => {
    const call = await read(
      `POST /v1.41/exec/x/start HTTP/1.1
      Host: d
      Connection: Upgrade
      Content-Type: application/json
      Upgrade: TCP
      Content-Length: 2`,
      '{}',
    );
    expect(call).toMatchObject({ hijack: true, framing: { kind: 'length', length: 2 } });
    expect(call.operation.action).toBe('exec.start');
    expect(call.upstream.headers).toEqual([
      ...['Host', 'd', 'Content-Type', 'application/json'],
      ...['Connection', 'Upgrade', 'Upgrade', 'tcp'],
    ]);
  });

  it.each(['/containers/x/attach', '/exec/x/start'])(
    'is %s without an upgrade too, as the daemon has it',
    async (target) => {
      const call = await read(`POST ${target} HTTP/1.1\nHost: d\nContent-Length: 2`, '{}');
      expect(call.hijack).toBe(true);
      expect(call.upstream.headers).toEqual(['Host', 'd']);
    },
  );

  it.each([
    ['POST', '/session', 'h2c'],
    ['POST', '/grpc', 'h2c'],
    ['GET', '/containers/x/attach/ws', 'websocket'],
  ])('is %s %s only where an upgrade to %s is asked for', async (method, target, token) => {
    const line = `${method} ${target} HTTP/1.1\nHost: d`;
    const plain = await read(line);
    expect(plain.hijack).toBe(false);
    const upgraded = await read(`${line}\nConnection: Upgrade\nUpgrade: ${token}`);
    expect(upgraded.hijack).toBe(true);
    expect(upgraded.upstream.headers.slice(-4)).toEqual([
      'Connection',
      'Upgrade',
      'Upgrade',
      token,
    ]);
  });

  it('keeps what a websocket handshake needs', async () => {
    const { upstream } = await read(`GET /containers/x/attach/ws HTTP/1.1
      Host: d
      Upgrade: websocket
      Connection: Upgrade
      Sec-WebSocket-Key: abc
      Sec-WebSocket-Version: 13`);
    expect(upstream.headers).toContain('Sec-WebSocket-Key');
    expect(upstream.headers).toContain('Sec-WebSocket-Version');
  });
});

describe('understand refuses', () => {
  it.each([
    ['GET /info HTTP/1.1', 'tcp'],
    ['GET /info HTTP/1.1', 'h2c'],
    ['POST /containers/x/start HTTP/1.1', 'tcp'],
    ['OPTIONS /session HTTP/1.1', 'h2c'],
    ['POST /newthing HTTP/1.1', 'tcp'],
  ])('an upgrade off its route: %s to %s', async (line, token) => {
    const head = `${line}\nHost: d\nConnection: Upgrade\nUpgrade: ${token}`;
    expect(await refuses(head, 'UPGRADE_NOT_ALLOWED')).toContain('cannot be upgraded');
  });

  it.each([
    ['POST /containers/x/attach', 'h2c'],
    ['POST /session', 'tcp'],
    ['POST /grpc', 'websocket'],
    ['GET /containers/x/attach/ws', 'tcp'],
    ['POST /exec/x/start', 'tcp, h2c'],
  ])("an upgrade of %s to %s, which is not the route's own", async (line, token) => {
    const head = `${line} HTTP/1.1\nHost: d\nConnection: Upgrade\nUpgrade: ${token}`;
    expect(await refuses(head, 'UPGRADE_NOT_ALLOWED')).toContain('can be upgraded to');
  });

  it('an upgrade that waits for 100 Continue', async () => {
    const exchange = await exchangeOf(
      'POST /exec/x/start HTTP/1.1\nHost: d\nConnection: Upgrade\nUpgrade: tcp\nContent-Length: 2',
    );
    const error = refusalOf(() => understand({ ...exchange, expectsContinue: true }));
    expect(error.code).toBe('UPGRADE_NOT_ALLOWED');
  });

  it.each(['HEAD', 'OPTIONS', 'TRACE'])('a body on %s', async (method) => {
    const head = `${method} /_ping HTTP/1.1\nHost: d\nContent-Length: 1`;
    expect(await refuses(head, 'REQUEST_MALFORMED')).toBe(`refused: a body on ${method}`);
    const chunked = `${method} /_ping HTTP/1.1\nHost: d\nTransfer-Encoding: chunked`;
    expect(await refuses(chunked, 'REQUEST_MALFORMED')).toBe(`refused: a body on ${method}`);
  });

  it('CONNECT, whatever it asks for', async () => {
    expect(await refuses('CONNECT d:80 HTTP/1.1\nHost: d', 'REQUEST_MALFORMED')).toContain(
      'CONNECT',
    );
    expect(await refuses('CONNECT /info HTTP/1.1\nHost: d', 'REQUEST_MALFORMED')).toContain(
      'CONNECT',
    );
  });

  it('a chunked body under HTTP/1.0, which one parser reads and another does not', async () => {
    const head = 'POST /containers/create HTTP/1.0\nTransfer-Encoding: chunked';
    expect(await refuses(head, 'REQUEST_MALFORMED')).toContain('HTTP/1.0');
  });

  it.each(['2.0', '0.9'])('HTTP/%s', async (version) => {
    const exchange = await exchangeOf('GET /info HTTP/1.1\nHost: d');
    exchange.request.httpVersion = version;
    expect(refusalOf(() => understand(exchange))).toMatchObject({
      code: 'REQUEST_MALFORMED',
      message: `refused: HTTP/${version}; HTTP/1.1 is spoken here`,
    });
  });

  it.each(['200-ok', '100-continue, x', 'trailers'])('an Expect of %s', async (value) => {
    const head = `POST /images/load HTTP/1.1\nHost: d\nExpect: ${value}\nContent-Length: 1`;
    expect(await refuses(head, 'REQUEST_MALFORMED')).toContain('Expect');
  });

  it('a target that could be read in two ways', async () => {
    await refuses('GET /v1.41/../info HTTP/1.1\nHost: d', 'REQUEST_AMBIGUOUS');
    await refuses('GET http://evil/info HTTP/1.1\nHost: d', 'REQUEST_AMBIGUOUS');
    await refuses('OPTIONS * HTTP/1.1\nHost: d', 'REQUEST_AMBIGUOUS');
  });

  it('two lines of a header of which only one can count', async () => {
    const head = 'GET /info HTTP/1.1\nHost: a\nHost: b';
    expect(await refuses(head, 'REQUEST_AMBIGUOUS')).toBe('refused: more than one host header');
  });
});

describe('understand forwards', () => {
  it('routes and methods that it does not know, in canonical form', async () => {
    const call = await read('PROPFIND /v1.60/new%74hing?a=1 HTTP/1.1\nHost: d');
    expect(call.operation).toMatchObject({ action: 'unknown', method: 'PROPFIND' });
    expect(call.upstream).toEqual({
      method: 'PROPFIND',
      target: '/v1.60/newthing?a=1',
      headers: ['Host', 'd'],
      hasBody: false,
    });
  });

  it('a body on GET and DELETE, as it is framed', async () => {
    for (const method of ['GET', 'DELETE']) {
      const call = await read(`${method} /info HTTP/1.1\nHost: d\nContent-Length: 3`, 'abc');
      expect(call.upstream.hasBody).toBe(true);
      expect(call.upstream.headers).toEqual(['Host', 'd', 'Content-Length', '3']);
    }
  });
});
