import { KNOWN, TICKER } from '../standing.ts';
import { STILL_OPEN } from './attacked.ts';
import { CUT, UNDER_WAY, type Expected } from './expected.ts';

/** What many peers do at once. */
export interface Attack {
  readonly what: string;
  readonly connections: number;
  /** Addresses that they come from, one after the other; by default that of the others, who cannot be told from them. */
  readonly from?: readonly string[];
  /** How far each goes before it begins: a TCP connection, TLS without a certificate, TLS with one. */
  readonly reach: 'tcp' | 'stranger' | 'user';
  /** True: as soon as one connection is over, the next one comes in its place. */
  readonly again?: boolean;
  /** True: goes with a reset at the first bytes that come back. */
  readonly leavesOnAnswer?: boolean;
  /** What is sent at once. */
  readonly start?: (turn: number, hello: string) => string;
  /** What is sent again and again after that; a pause of 0 is as fast as it goes. */
  readonly drip?: { readonly text: string; readonly everyMs: number };
  readonly seconds: number;
  /** So many seconds more, as long as one of its connections has neither an answer nor an end: on a busy machine all takes longer. */
  readonly patience?: number;
  /** Split among so many processes; Node takes as many descriptors as the hard limit allows. */
  readonly processes?: number;
  /** What the gate does with them. */
  readonly expected: Expected;
}

const request = (line: string, ...fields: readonly string[]): string =>
  [`${line} HTTP/1.1`, 'Host: docker', 'User-Agent: soak-hostile', ...fields, '', ''].join('\r\n');

const CHUNKED = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];
const UPGRADE = (token: string) => ['Connection: Upgrade', `Upgrade: ${token}`];
const KIB = 1024;

/** The first bytes of a ClientHello that says to be 512 bytes long. */
const HELLO = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).toString('latin1');

const ELSEWHERE = '127.0.0.2';
const PATHS = ['/info', '/containers/json', '/_ping', '/images/json', '/events', '/version'];
const TOKENS = ['tcp', 'h2c', 'websocket', 'TLS/1.0', 'HTTP/2.0'];

/** Those that leave once TLS has been agreed end it themselves: refused before, they would see a reset. */
const LET_IN: Expected = { ends: ['closed'], underWay: UNDER_WAY };

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'hello-flood': {
    ...{ what: 'handshake flood, first flights only', connections: 100, reach: 'tcp', again: true },
    ...{ leavesOnAnswer: true, start: (_, hello) => hello, from: [ELSEWHERE], seconds: 12 },
    expected: { ends: ['bytes'], underWay: UNDER_WAY },
  },
  'handshake-flood': {
    ...{
      what: 'handshake flood, no certificate',
      connections: 100,
      reach: 'stranger',
      again: true,
    },
    ...{ from: [ELSEWHERE], seconds: 12 },
    expected: LET_IN,
  },
  'handshake-flood-user': {
    ...{
      what: 'handshake flood, with a certificate',
      connections: 100,
      reach: 'user',
      again: true,
    },
    ...{ start: () => request('GET /_ping', 'Connection: close'), from: [ELSEWHERE], seconds: 12 },
    expected: { ends: ['200'], underWay: UNDER_WAY },
  },
  'handshake-flood-here': {
    ...{ what: 'the same, no certificate, from the others’ own address', connections: 100 },
    ...{ reach: 'stranger', again: true, seconds: 12 },
    expected: LET_IN,
  },
  'handshake-flood-many': {
    ...{ what: 'the same, no certificate, from ten addresses', connections: 100 },
    from: Array.from({ length: 10 }, (_, at) => `127.0.1.${at + 1}`),
    ...{ reach: 'stranger', again: true, seconds: 12 },
    expected: LET_IN,
  },
  'slow-handshake': {
    ...{ what: 'slow handshakes, a byte a second', connections: 1_500, reach: 'tcp' },
    ...{ start: () => HELLO, drip: { text: '\0', everyMs: 1_000 }, seconds: 15 },
    patience: 30,
    expected: { ends: CUT, lasted: { least: 9, most: 15 } },
  },
  'slow-head': {
    ...{ what: 'slow heads, a byte a second', connections: 1_000, reach: 'user' },
    ...{
      start: () => 'GET /_ping HTTP/1.1\r\nX: ',
      drip: { text: 'x', everyMs: 1_000 },
      seconds: 20,
    },
    patience: 30,
    expected: { ends: ['400'], lasted: { least: 9, most: 16 } },
  },
  'slow-inspected-body': {
    ...{ what: 'slow bodies that have to be read', connections: 500, reach: 'user' },
    start: () =>
      request('POST /containers/create', 'Content-Type: application/json', 'Content-Length: 9999') +
      '{',
    ...{ drip: { text: ' ', everyMs: 1_000 }, seconds: 70 },
    patience: 30,
    expected: { ends: ['400'], lasted: { least: 55, most: 80 } },
  },
  'slow-body': {
    ...{ what: 'slow uploads, which may last', connections: 300, reach: 'user' },
    start: () =>
      request(
        `PUT /containers/${KNOWN}/archive?path=%2Ftmp`,
        ...['Content-Type: application/x-tar', 'Content-Length: 999999'],
      ),
    ...{ drip: { text: '\0', everyMs: 1_000 }, seconds: 15 },
    expected: { ends: [STILL_OPEN] },
  },
  'ten-thousand': {
    ...{ what: '10,000 connections that stay', connections: 10_000, reach: 'user', processes: 4 },
    ...{ start: () => request('GET /_ping'), seconds: 60 },
    patience: 120,
    expected: { ends: [`200, ${STILL_OPEN}`] },
  },
  'huge-head': {
    ...{ what: 'heads of 2 MiB', connections: 50, reach: 'user', again: true, seconds: 10 },
    start: () => request('GET /_ping', ...Array<string>(32).fill(`X: ${'x'.repeat(64 * KIB)}`)),
    expected: { ends: ['400'], underWay: UNDER_WAY },
  },
  'many-headers': {
    ...{
      what: 'heads of 100,000 fields',
      connections: 20,
      reach: 'user',
      again: true,
      seconds: 10,
    },
    start: () => request('GET /_ping', 'Connection: close', ...Array<string>(100_000).fill('a: b')),
    // A busy machine gets through a few rounds only of such heads.
    expected: { ends: ['200'], underWay: 0.7 },
  },
  'chunk-extensions': {
    ...{
      what: 'endless chunk extensions, to the daemon',
      connections: 50,
      reach: 'user',
      again: true,
    },
    start: () => `${request(`PUT /containers/${KNOWN}/archive?path=%2Ftmp`, ...CHUNKED)}1;`,
    ...{ drip: { text: 'x'.repeat(16 * KIB), everyMs: 0 }, seconds: 10 },
    expected: { ends: ['400', ...CUT], underWay: UNDER_WAY },
  },
  'chunk-extensions-read': {
    ...{
      what: 'endless chunk extensions, to be read',
      connections: 50,
      reach: 'user',
      again: true,
    },
    start: () => `${request('POST /containers/create', ...CHUNKED)}1;`,
    ...{ drip: { text: 'x'.repeat(16 * KIB), everyMs: 0 }, seconds: 10 },
    expected: { ends: ['400', ...CUT], underWay: UNDER_WAY },
  },
  'tiny-chunks': {
    ...{
      what: 'bodies in chunks of a byte with extensions, to be read',
      connections: 50,
      reach: 'user',
      again: true,
    },
    start: () => request('POST /containers/create', ...CHUNKED),
    ...{ drip: { text: `1;${'x'.repeat(100)}\r\n \r\n`.repeat(100), everyMs: 0 }, seconds: 10 },
    expected: { ends: [STILL_OPEN] },
  },
  'upgrade-everything': {
    ...{
      what: 'upgrades of what has none',
      connections: 50,
      reach: 'user',
      again: true,
      seconds: 10,
    },
    start: (turn) =>
      request(
        `GET ${PATHS[turn % PATHS.length] ?? ''}`,
        ...UPGRADE(TOKENS[turn % TOKENS.length] ?? ''),
      ),
    expected: { ends: ['400'], underWay: UNDER_WAY },
  },
  'upgrade-flood': {
    ...{ what: 'flood of upgraded calls (101)', connections: 300, reach: 'user', seconds: 15 },
    start: () => request(`POST /containers/${TICKER}/attach?stream=1&stdout=1`, ...UPGRADE('tcp')),
    patience: 30,
    expected: { ends: [`101, ${STILL_OPEN}`] },
  },
  // Last: what is left of it in the kernel's buffers takes its time.
  'tiny-chunks-up': {
    ...{
      what: 'bodies in chunks of a byte, to the daemon',
      connections: 50,
      reach: 'user',
      again: true,
    },
    start: () => request(`PUT /containers/${KNOWN}/archive?path=%2Ftmp`, ...CHUNKED),
    ...{ drip: { text: '1\r\n\0\r\n'.repeat(2_500), everyMs: 0 }, seconds: 10 },
    expected: { ends: [STILL_OPEN] },
  },
};
