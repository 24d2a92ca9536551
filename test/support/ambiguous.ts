/** The beginning of a request with a body. */
export const CREATE =
  'POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n';

/** What hides in the body of another. */
export const SMUGGLED = 'GET /images/json HTTP/1.1\r\nHost: d\r\n\r\n';

/** What the daemon, or anyone in between, might delimit or read differently. */
export const AMBIGUOUS_HEADS: Readonly<Record<string, string>> = {
  'Content-Length and chunked': `${CREATE}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'chunked and Content-Length': `${CREATE}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'equal Content-Lengths': `${CREATE}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
  'different Content-Lengths': `${CREATE}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  'a list of Content-Lengths': `${CREATE}Content-Length: 2, 2\r\n\r\n{}`,
  'a signed Content-Length': `${CREATE}Content-Length: +2\r\n\r\n{}`,
  'a hexadecimal Content-Length': `${CREATE}Content-Length: 0x2\r\n\r\n{}`,
  'a huge Content-Length': `${CREATE}Content-Length: 99999999999999999999\r\n\r\n{}`,
  'chunked twice': `${CREATE}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'chunked and identity': `${CREATE}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  'gzip before chunked': `${CREATE}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'an unknown coding': `${CREATE}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'chunked behind a vertical tab': `${CREATE}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
  'space before the colon': `${CREATE}Content-Length : 2\r\n\r\n{}`,
  'a folded header': `${CREATE}X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}`,
  'bare LF as line ends': 'GET /info HTTP/1.1\nHost: d\n\n',
  'bare CR in a header': `${CREATE}X-A: b\rContent-Length: 0\r\nContent-Length: 2\r\n\r\n{}`,
  'NUL in a header': `${CREATE}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}`,
  'an empty header name': `${CREATE}: x\r\nContent-Length: 2\r\n\r\n{}`,
  'two Hosts': 'GET /info HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'no Host': 'GET /info HTTP/1.1\r\n\r\n',
  'two Content-Types': `${CREATE}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}`,
  'two X-Registry-Auths': `${CREATE}X-Registry-Auth: a\r\nX-Registry-Auth: b\r\nContent-Length: 2\r\n\r\n{}`,
  'two Authorizations': `${CREATE}Authorization: a\r\nAuthorization: b\r\nContent-Length: 2\r\n\r\n{}`,
  'HTTP/1.0 with chunked':
    'POST /auth HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'a body on HEAD': 'HEAD /_ping HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}',
  'a body on OPTIONS': 'OPTIONS /info HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}',
  'a chunked body on OPTIONS': `OPTIONS /info HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'HTTP/0.9': 'GET /info\r\n\r\n',
  'HTTP/2.0': 'GET /info HTTP/2.0\r\nHost: d\r\n\r\n',
  'HTTP/1.2': 'GET /info HTTP/1.2\r\nHost: d\r\n\r\n',
  CONNECT: 'CONNECT d:80 HTTP/1.1\r\nHost: d\r\n\r\n',
  'the asterisk form': 'OPTIONS * HTTP/1.1\r\nHost: d\r\n\r\n',
  'a lower-case method': 'get /info HTTP/1.1\r\nHost: d\r\n\r\n',
  'an Upgrade that Connection does not name': `${CREATE}Upgrade: tcp\r\nContent-Length: 2\r\n\r\n{}`,
};

/** Paths and queries likewise. */
export const AMBIGUOUS_TARGETS = [
  'http://evil/info',
  '//info',
  '/v1.41//info',
  '/v1.41/x/../info',
  '/./info',
  '/%2e%2e/info',
  '/containers/%2e%2e/json',
  '/containers/a%2fb/json',
  '/containers/%252e%252e/json',
  '/containers/a%0ab/json',
  '/containers/a%00b/json',
  '/containers/a%ffb/json',
  '/containers/a%zzb/json',
  '/v1.41\\containers\\json',
  '/info#x',
  '/v1..41/info',
  '/v./info',
  '/v1.41.0.0/info',
  '/v01.041/info',
  '/containers/json?a=1;b=2',
  '/containers/json?a=%zz',
  '/containers/\u00e9/json',
];
