import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { ended, enter, follow, pairOf, PING, type Door, type Pair, type Peer } from '../peers.ts';
import { administer } from '../stage.ts';
import { TAKE_UP_MS, type Fault, type Scene } from './scene.ts';

export const serverRenewed: Fault = async (scene) => {
  await administer(scene.stage, 'server', 'renew');
  await expectServed(scene);
  scene.count('server certificate renewed');
};

/** Begin, move every user, switch, drop: with traffic at each step. What has the old certificate is cut then, and refused. */
export const caRotated: Fault = async (scene) => {
  const { stage, users, windows, door } = scene;
  const old = pairOf(door);
  const cut = await stream(scene, door, old);
  await administer(stage, 'ca', 'rotate');
  for (const user of users) {
    await administer(stage, 'client', 'renew', user);
    scene.reconnect(user);
  }
  await administer(stage, 'ca', 'rotate', '--switch-server');
  await expectServed(scene);
  await pause(2_000);
  const drop = ['ca', 'rotate', '--drop-old', '--force'] as const;
  await expectCut(scene, cut, TAKE_UP_MS, () =>
    windows.during('CA dropped', () => administer(stage, ...drop)),
  );
  await expectRefused(scene, door, old);
  scene.count('CA rotated');
  scene.count('clients renewed', users.length);
};

/** The gate shows the certificate that is in the file. */
async function expectServed({ stage, door, fail }: Scene): Promise<void> {
  const file = fs.readFileSync(path.join(stage.certs, 'server-cert.pem'));
  const expected = new X509Certificate(file).serialNumber;
  const deadline = performance.now() + TAKE_UP_MS;
  while ((await serialShown(door)) !== expected) {
    if (performance.now() > deadline) {
      fail(`the new server certificate is not served after ${TAKE_UP_MS} ms`);
      return;
    }
    await pause(50);
  }
}

async function serialShown({ port, certPath }: Door): Promise<string> {
  const ca = fs.readFileSync(path.join(certPath, 'ca.pem'));
  const socket = tls.connect({ port, host: '127.0.0.1', ca });
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/** A stream that goes on until the gate cuts it. */
interface Stream {
  readonly peer: Peer;
  readonly over: Promise<unknown>;
  isOver: boolean;
}

async function stream({ mark }: Scene, door: Door, pair: Pair): Promise<Stream> {
  const peer = await enter(door, pair);
  const begun = once(peer.socket, 'data');
  peer.socket.write(follow(mark('certificate-ended')));
  await begun;
  const going: Stream = { peer, over: ended(peer), isOver: false };
  void going.over.then(() => (going.isOver = true));
  return going;
}

/** Does what makes its certificate worth nothing, and expects that it is cut by that. */
async function expectCut(
  { fail }: Scene,
  cut: Stream,
  ms: number,
  action: () => Promise<unknown>,
): Promise<void> {
  if (cut.isOver) fail('a stream whose certificate holds was cut');
  await action();
  const late = pause(ms, true, { ref: false });
  if (await Promise.race([cut.over.then(() => false), late]))
    fail(`a stream whose certificate is worth nothing goes on after ${ms} ms`);
  cut.peer.tcp.destroy();
}

/** A new connection with that certificate gets no further than to a refusal. */
async function expectRefused({ fail }: Scene, door: Door, pair: Pair): Promise<void> {
  const { tcp, socket } = await enter(door, pair);
  const answer = once(socket, 'data');
  socket.write(PING);
  const [said] = (await answer) as [Buffer];
  if (!said.toString('latin1').startsWith('HTTP/1.1 403 '))
    fail(`a certificate of the CA that was dropped got: ${said.subarray(0, 80).toString()}`);
  tcp.destroy();
}

/** The promise for calls, and for streams that go on. */
const REVOKED_MS = 1_000;

let guests = 0;
export const clientRevoked: Fault = async (scene) => {
  const { stage, count, addGuests, revoked, windows } = scene;
  const user = `guest${(guests += 1)}`;
  await administer(stage, 'client', 'add', user);
  addGuests(user);
  const door = { port: stage.gate.port, certPath: path.join(stage.certs, 'clients', user) };
  const cut = await stream(scene, door, pairOf(door));
  await pause(4_000);
  await expectCut(scene, cut, REVOKED_MS, async () => {
    await windows.during('revoked', () => administer(stage, 'client', 'revoke', user));
    revoked(user);
  });
  count('user added and revoked');
};
