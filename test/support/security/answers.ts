import { expect } from 'vitest';
import { settled } from '../fake/settled.ts';
import { within } from '../fake/within.ts';
import type { TestGate } from '../gate.ts';
import { requestBytes, type RawClient } from '../raw-client.ts';
import { EXEC_START, upgradeBytes } from '../raw/hijack-client.ts';
import type { Response } from '../raw/response-reader.ts';
import { expectAlive, HANG_MS, head } from './attack.ts';

export interface Shape {
  readonly request: Buffer;
  readonly method: string;
  /** The daemon’s whole answer. */
  readonly answer: string;
  /** The status that the client gets of the whole answer. */
  readonly status: number;
  /** What it gets of the body; the shorter of a cut answer is a part of it. */
  readonly body: string;
}

const ARCHIVE = '/containers/x/archive?path=/';
export const GET = { request: requestBytes('GET', '/info'), method: 'GET' } as const;
export const HEAD = { request: requestBytes('HEAD', ARCHIVE), method: 'HEAD' } as const;
export const UPGRADE = { request: upgradeBytes(EXEC_START), method: 'POST' } as const;
export const OK = 'HTTP/1.1 200 OK';
const CHUNKS = '4\r\nfour\r\n6;x=y\r\nchunks\r\n0\r\n';

export const SHAPES: Readonly<Record<string, Shape>> = {
  'with Content-Length': {
    ...GET,
    answer: `${head(OK, 'Content-Type: application/json', 'Content-Length: 10')}{"a":"bc"}`,
    status: 200,
    body: '{"a":"bc"}',
  },
  'of an error': {
    ...GET,
    answer: `${head('HTTP/1.1 500 Internal Server Error', 'Content-Length: 5')}sorry`,
    status: 500,
    body: 'sorry',
  },
  'in chunks': {
    ...GET,
    answer: `${head(OK, 'Transfer-Encoding: chunked')}${CHUNKS}\r\n`,
    status: 200,
    body: 'fourchunks',
  },
  'in chunks with trailers': {
    ...GET,
    answer: `${head(OK, 'Trailer: X-Sum', 'Transfer-Encoding: chunked')}${CHUNKS}X-Sum: 1\r\n\r\n`,
    status: 200,
    body: 'fourchunks',
  },
  'behind an interim one': {
    ...GET,
    answer: `${head('HTTP/1.1 103 Early Hints', 'Link: x')}${head(OK, 'Content-Length: 2')}ok`,
    status: 200,
    body: 'ok',
  },
  'without a body': { ...GET, answer: head('HTTP/1.1 204 No Content'), status: 204, body: '' },
  'that is not modified': {
    ...GET,
    answer: head('HTTP/1.1 304 Not Modified', 'ETag: "x"'),
    status: 304,
    body: '',
  },
  'to HEAD': { ...HEAD, answer: head(OK, 'Content-Length: 100'), status: 200, body: '' },
  'to an upgrade, refused': {
    ...UPGRADE,
    answer: `${head('HTTP/1.1 409 Conflict', 'Content-Length: 6')}paused`,
    status: 409,
    body: 'paused',
  },
};

/** Two ways in which a daemon goes. */
export const GOES = ['closes', 'half-closes'] as const;
type Goes = (typeof GOES)[number];

/** Gives the daemon a request, lets it answer these bytes and go; the client has yet to read. */
export async function answerAndGo(
  { daemon, connect }: TestGate,
  request: Buffer,
  answer: Buffer | string,
  goes: Goes,
): Promise<RawClient> {
  const client = await connect();
  await client.send(request);
  const call = await within(HANG_MS, daemon.nextCall());
  await call.body.readAll();
  await call.raw(answer);
  if (goes === 'closes') call.breakOff();
  else call.connection.end();
  return client;
}

/** The answer, as far as it comes; none where the connection ends before there is a head. */
export async function answerOf(client: RawClient, method: string): Promise<Response | undefined> {
  const answer = async (): Promise<Response | undefined> => {
    const first = await client.readHead();
    return first && client.readBody(first, method);
  };
  return within(HANG_MS, answer());
}

/** Lets the client go, and expects the line of its call. */
export async function expectLine({ audit }: TestGate, client: RawClient): Promise<void> {
  client.destroy();
  await within(HANG_MS, audit.next({ event: 'call' }));
}

/** Expects that every call of the daemon has one line, that the next is served, and the like. */
export async function expectOneLineEach(gate: TestGate): Promise<void> {
  await settled(() => gate.audit.all.length);
  expect(gate.audit.having({ event: 'call' })).toHaveLength(gate.daemon.calls.all.length);
  expect(gate.log.having({ msg: 'a call failed inside dockgate' })).toEqual([]);
  await expectAlive(gate);
}
