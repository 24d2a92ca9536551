import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import type { Door } from '../peers.ts';
import { administer } from '../stage.ts';
import { TAKE_UP_MS, type Fault, type Scene } from './scene.ts';

export const serverRenewed: Fault = async (scene) => {
  await administer(scene.stage, 'server', 'renew');
  await expectServed(scene);
  scene.count('server certificate renewed');
};

/** Begin, move every user, switch, drop: with traffic at each step. */
export const caRotated: Fault = async (scene) => {
  const { stage, users, windows } = scene;
  await administer(stage, 'ca', 'rotate');
  for (const user of users) {
    await administer(stage, 'client', 'renew', user);
    scene.reconnect(user);
  }
  await administer(stage, 'ca', 'rotate', '--switch-server');
  await expectServed(scene);
  await pause(2_000);
  // What still goes on with a certificate of the old one is cut.
  await windows.during('CA dropped', () =>
    administer(stage, 'ca', 'rotate', '--drop-old', '--force'),
  );
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

let guests = 0;
export const clientRevoked: Fault = async ({ stage, count, addGuests, revoked }) => {
  const user = `guest${(guests += 1)}`;
  await administer(stage, 'client', 'add', user);
  addGuests(user);
  await pause(4_000);
  await administer(stage, 'client', 'revoke', user);
  revoked(user);
  count('user added and revoked');
};
