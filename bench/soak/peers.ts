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

/** A connection that can be reset below its TLS. */
interface Peer {
  readonly tcp: net.Socket;
  readonly socket: net.Socket;
}

async function reach({ port }: Door): Promise<net.Socket> {
  const tcp = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  tcp.on('error', () => undefined);
  await once(tcp, 'connect');
  return tcp;
}

/** @param known false: it shows no certificate. */
export async function enter(door: Door, known = true): Promise<Peer> {
  const file = (name: string): Buffer => fs.readFileSync(path.join(door.certPath, name));
  const pair = known ? { cert: file('cert.pem'), key: file('key.pem') } : {};
  const tcp = await reach(door);
  // The types of Node know nothing of it here; it stays open behind the gate's end.
  const halfOpen = { allowHalfOpen: true };
  const options = { socket: tcp, host: '127.0.0.1', ca: file('ca.pem'), ...pair, ...halfOpen };
  const socket = tls.connect(options);
  socket.on('error', () => undefined);
  socket.resume();
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  return { tcp, socket };
}

const head = (line: string, ...fields: readonly string[]): string =>
  [`${line} HTTP/1.1`, 'Host: docker', 'User-Agent: soak-peer', ...fields, '', ''].join('\r\n');

export const PING = head('GET /_ping');
const UPLOAD = head(
  `PUT /v1.41/containers/${KNOWN}/archive?path=%2Ftmp`,
  'Content-Type: application/x-tar',
  'Content-Length: 1000000',
);
const FOLLOW = head(`GET /v1.41/containers/${TICKER}/logs?stdout=1&follow=1`);
const EVENTS = head('GET /v1.41/events');
export const HALF_A_HEAD = 'GET /_ping HTTP/1.1\r\nHost: doc';

/** Clients that are gone by RST, in the middle of each kind of call. @returns how many. */
export async function vanishByReset(door: Door, random: Random): Promise<number> {
  const starts = [UPLOAD + 'x'.repeat(1000), FOLLOW, EVENTS, HALF_A_HEAD, ''];
  const peers = await Promise.all(starts.map(() => enter(door)));
  for (const [at, { socket }] of peers.entries()) socket.write(starts[at] ?? '');
  await pause(random.below(500));
  for (const { tcp } of peers) tcp.resetAndDestroy();
  return peers.length;
}

/** Peers that stop sending and stay: before, in and behind a request. @returns how many; they stay for `ms`. */
export async function stayHalfOpen(door: Door, ms: number): Promise<number> {
  const silent = await reach(door);
  const peers = await Promise.all([1, 2, 3, 4, 5].map(() => enter(door)));
  const starts = [UPLOAD + 'x'.repeat(1000), FOLLOW, EVENTS, HALF_A_HEAD, ''];
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
  const stranger = await enter(door, false);
  stranger.socket.end(head('GET /_ping'));
  const insiders = await Promise.all([1, 2, 3].map(() => enter(door)));
  const texts = [
    bytes(),
    'GET / HTTP/9.9\r\n\r\n',
    head('POST /x', 'Transfer-Encoding: chunked') + 'zz\r\n',
  ];
  for (const [at, { socket }] of insiders.entries()) socket.end(texts[at] ?? '');
  const all = [plain, hello, stranger.tcp, ...insiders.map(({ tcp }) => tcp)];
  for (const socket of all) socket.resume();
  await pause(1_000);
  for (const socket of all) socket.destroy();
  return all.length;
}
