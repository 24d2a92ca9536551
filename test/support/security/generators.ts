import fc from 'fast-check';

/** Bytes cut into pieces of random sizes, each to be sent as a TLS record of its own. */
export function inPieces(whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer[]> {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
  return fc.tuple(whole, cuts).map(([bytes, parts]) => {
    const ends = parts.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b);
    return [0, ...ends]
      .map((from, at) => bytes.subarray(from, ends[at] ?? bytes.length))
      .filter((piece) => piece.length > 0);
  });
}

/** One of the values; the first is what most requests have. */
function mostly(usual: string, ...odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(usual, ...odd) },
  );
}

const METHOD = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('OPTIONS', 'PATCH', 'TRACE', 'CONNECT', 'get', 'PRI', 'G T', ''),
  },
);

const TARGET = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...['/info', '/v1.41/containers/create', '/containers/x/json?size=1', '/images/a%2fb/json'],
      ...['/v1.41/exec/e1/start', '/containers/x/attach', '/session', '/containers/x/attach/ws'],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['//info', '/./info', '/x/../info', '/%2e%2e/info', '/info#x', '*', 'info', '', '?x'],
      ...['http://evil/info', '/v1..41/info', '/%69nfo', '/info?a=%zz', '/info?a;b', '/\\info'],
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .string({
        unit: fc.constantFrom(...Array.from('/.%25aA0?&=;#\\~ \t\x00\xe9')),
        maxLength: 20,
      })
      .map((text) => `/${text}`),
  },
);

const VERSION = mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', '');
const LINE_END = mostly('\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\n\n');

/** A request, whole, that hides in another one’s body. */
export const HIDDEN = 'POST /containers/hidden/kill HTTP/1.1\r\nHost: d\r\n\r\n';
const CHUNKED = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;
const BODY = fc.constantFrom('', '', '{}', HIDDEN, CHUNKED, `0\r\n\r\n${HIDDEN}`, 'x'.repeat(300));

const NAME = mostly('X-A', 'X A', '', 'X-A ', ' X-A', 'X-\x00', 'Content-Length', 'Host');
const VALUE = mostly(
  'b',
  '',
  ' b ',
  'b\r\n c',
  'b\x00',
  'b\xe9',
  'b\x0bc',
  'b\rX-B: 1',
  'b\nX-B: 1',
);

/** Lines that say, rightly or not, how a body of this length is delimited and what is asked. */
function lineFor(length: number): fc.Arbitrary<string> {
  const wrong = [`+${length}`, `0x${length.toString(16)}`, `${length}, ${length}`, ` ${length}`];
  const lengths = mostly(String(length), '0', String(length + 1), '-1', `0${length}`, ...wrong);
  const codings = mostly('chunked', 'Chunked', 'gzip, chunked', 'identity', 'xchunked', 'chunked,');
  const connections = mostly('keep-alive', 'close', 'Upgrade', 'Content-Length', 'x', 'close, TE');
  return fc.oneof(
    lengths.map((value) => `Content-Length: ${value}`),
    codings.map((value) => `Transfer-Encoding: ${value}`),
    connections.map((value) => `Connection: ${value}`),
    mostly('tcp', 'h2c', 'websocket').map((value) => `Upgrade: ${value}`),
    mostly('100-continue', '200-ok', '').map((value) => `Expect: ${value}`),
    mostly('application/json', 'multipart/form-data').map((value) => `Content-Type: ${value}`),
    fc.tuple(NAME, VALUE).map(([name, value]) => `${name}: ${value}`),
    fc.constantFrom('X-Registry-Auth: a', 'Host: d', 'Transfer-Encoding : chunked', 'no colon'),
  );
}

const FRAMED = (body: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(`Content-Length: ${body.length}`) },
    { weight: 1, arbitrary: lineFor(body.length) },
  );

/** One request, well formed or with something wrong in it. */
const REQUEST = BODY.chain((body) =>
  fc
    .record({
      method: METHOD,
      target: TARGET,
      version: VERSION,
      framing: FRAMED(body),
      lines: fc.array(lineFor(body.length), { maxLength: 3 }),
      end: LINE_END,
      start: mostly('', '\r\n', '\n', ' '),
      space: mostly(' ', ' ', '  ', '\t'),
    })
    .map(({ method, target, version, framing, lines, end, start, space }) => {
      const first = [method, target, version].join(space);
      return `${start}${[first, 'Host: d', framing, ...lines, '', ''].join(end)}${body}`;
    }),
);

/** Up to three requests on one connection, in pieces. */
export const REQUESTS = inPieces(
  fc
    .array(REQUEST, { minLength: 1, maxLength: 3 })
    .map((requests) => Buffer.from(requests.join(''), 'latin1')),
);

/** Bytes of any kind, and scraps of HTTP in any order. */
export const RAW_BYTES = inPieces(
  fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(
        fc.constantFrom(
          ...[
            'GET ',
            'POST ',
            '/info',
            '/containers/x/kill',
            ' HTTP/1.1',
            ' HTTP/1.0',
            '\r\n',
            '\n',
          ],
          ...['\r', 'Host: d', 'Content-Length: 5', 'Transfer-Encoding: chunked', ':', '0\r\n\r\n'],
          ...[
            'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
            '\0',
            '\xff',
            ' ',
            '\r\n\r\n',
            HIDDEN,
            '5\r\nhello\r\n',
          ],
          ...[
            'Connection: Upgrade',
            'Upgrade: tcp',
            'Upgrade: h2c',
            'GET /info HTTP/1.1\r\nHost: d',
          ],
        ),
        { maxLength: 30 },
      )
      .map((scraps) => Buffer.from(scraps.join(''), 'latin1')),
  ),
);
