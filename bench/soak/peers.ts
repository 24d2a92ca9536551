import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import type { Random } from '../../test/support/body/random.ts';
import { KNOWN, TICKER } from './standing.ts';

/** Where the gate is, and the files of a user whom it lets in. */
export interface Door {
  readonly port: number;
  readonly certPath: string;
}

/** What a peer shows of itself. */
export interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A connection that can be reset below its TLS. */
export interface Peer {
  readonly tcp: net.Socket;
  readonly socket: net.Socket;
}

/** Gives a call a User-Agent of its own, by which the trail has to have one line of it. */
export type Mark = () => string;

async function reach({ port }: Door): Promise<net.Socket> {
  const tcp = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  tcp.on('error', () => undefined);
  await once(tcp, 'connect');
  return tcp;
}

/** What the user shows who is behind a door. */
export function pairOf({ certPath }: Door): Pair {
  const file = (name: string): Buffer => fs.readFileSync(path.join(certPath, name));
  return { cert: file('cert.pem'), key: file('key.pem') };
}

/**
 * @param pair what it shows; `none` for no certificate.
 * @throws where there is no TLS connection: the gate speaks to everybody, if only to refuse.
 */
export async function enter(door: Door, pair: Pair | 'none' = pairOf(door)): Promise<Peer> {
  const ca = fs.readFileSync(path.join(door.certPath, 'ca.pem'));
  const shown = pair === 'none' ? {} : pair;
  const tcp = await reach(door);
  // The types of Node know nothing of it here; it stays open behind the gate's end.
  const halfOpen = { allowHalfOpen: true };
  const options = { socket: tcp, host: '127.0.0.1', ca, ...shown, ...halfOpen };
  const socket = tls.connect(options);
  socket.on('error', () => undefined);
  socket.resume();
  const isShaken = await Promise.race([
    once(socket, 'secureConnect').then(() => true),
    once(socket, 'close').then(() => false),
  ]);
  if (!isShaken) throw new Error('the gate gave a peer no TLS connection');
  return { tcp, socket };
}

/** Resolves when the gate has ended a connection. */
export function ended({ socket }: Peer): Promise<unknown> {
  const over = new AbortController();
  const first = Promise.race(['end', 'close'].map((name) => once(socket, name, over)));
  return first.finally(() => {
    over.abort();
  });
}

/** Nobody asks for its line. */
const UNMARKED = 'soak-peer';

const head = (mark: string, line: string, ...fields: readonly string[]): string =>
  [`${line} HTTP/1.1`, 'Host: docker', `User-Agent: ${mark}`, ...fields, '', ''].join('\r\n');

export const PING = head(UNMARKED, 'GET /_ping');
const upload = (mark: string): string =>
  head(
    ...[mark, `PUT /v1.41/containers/${KNOWN}/archive?path=%2Ftmp`],
    ...['Content-Type: application/x-tar', 'Content-Length: 1000000'],
  ) + 'x'.repeat(1000);
export const follow = (mark: string): string =>
  head(mark, `GET /v1.41/containers/${TICKER}/logs?stdout=1&follow=1`);
const events = (mark: string): string => head(mark, 'GET /v1.41/events');
export const HALF_A_HEAD = 'GET /_ping HTTP/1.1\r\nHost: doc';

/**
 * Clients that are gone by RST, in the middle of each kind of call. With a reset the kernel drops what the gate has not read;
 * those who have got something of an answer were read.
 *
 * @returns how many.
 */
export async function vanishByReset(door: Door, random: Random, mark: Mark): Promise<number> {
  const answered = [follow(mark()), events(mark())];
  const starts = [...answered, upload(UNMARKED), HALF_A_HEAD, ''];
  const peers = await Promise.all(starts.map(() => enter(door)));
  const heard = peers.slice(0, answered.length).map(({ socket }) => once(socket, 'data'));
  for (const [at, { socket }] of peers.entries()) socket.write(starts[at] ?? '');
  await Promise.all(heard);
  await pause(random.below(500));
  for (const { tcp } of peers) tcp.resetAndDestroy();
  return peers.length;
}

/** Peers that stop sending and stay: before, in and behind a request. @returns how many; they stay for `ms`. */
export async function stayHalfOpen(door: Door, ms: number, mark: Mark): Promise<number> {
  const silent = await reach(door);
  const peers = await Promise.all([1, 2, 3, 4, 5].map(() => enter(door)));
  const starts = [upload(mark()), follow(mark()), events(mark()), HALF_A_HEAD, ''];
  for (const [at, { socket }] of peers.entries()) socket.end(starts[at] ?? '');
  await pause(ms);
  for (const { tcp } of peers) tcp.destroy();
  silent.destroy();
  return peers.length + 1;
}

/** Bytes that mean nothing, before TLS, in the handshake, without a certificate, and as HTTP. @returns how many peers. */
export async function sendGarbage(door: Door, random: Random): Promise<number> {
  const bytes = (): Buffer => randomBytes(1 + random.below(4096));
  const plain = await reach(door);
  plain.end(bytes());
  const hello = await reach(door);
  hello.end(Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1]), bytes()]));
  const stranger = await enter(door, 'none');
  stranger.socket.end(PING);
  const insiders = await Promise.all([1, 2, 3].map(() => enter(door)));
  const texts = [
    bytes(),
    'GET / HTTP/9.9\r\n\r\n',
    head(UNMARKED, 'POST /x', 'Transfer-Encoding: chunked') + 'zz\r\n',
  ];
  for (const [at, { socket }] of insiders.entries()) socket.end(texts[at] ?? '');
  const all = [plain, hello, stranger.tcp, ...insiders.map(({ tcp }) => tcp)];
  for (const socket of all) socket.resume();
  await pause(1_000);
  for (const socket of all) socket.destroy();
  return all.length;
}
