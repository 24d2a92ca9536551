import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import type { Random } from '../../test/support/body/random.ts';
import { Child } from '../../test/support/e2e/child.ts';
import { sendGarbage, stayHalfOpen, vanishByReset, type Door } from './peers.ts';
import { administer, type Stage } from './stage.ts';
import { reviveStanding } from './standing.ts';
import type { Windows } from './windows.ts';

/** What a fault may use. */
export interface Scene {
  readonly stage: Stage;
  readonly windows: Windows;
  readonly random: Random;
  readonly door: Door;
  readonly users: readonly string[];
  /** Counts something for the table, under the fault's name. */
  readonly count: (what: string, by?: number) => void;
  /** Something that should have happened did not. */
  readonly fail: (what: string) => void;
  /** That user's clients take up the certificate that is there now. */
  readonly reconnect: (user: string) => void;
  /** Two clients of a new user. */
  readonly addGuests: (user: string) => void;
  readonly revoked: (user: string) => void;
}

export type Fault = (scene: Scene) => Promise<void>;

/** How long the gate may take to take up files that changed. */
const TAKE_UP_MS = 5_000;

const daemonKilled: Fault = async ({ stage: { daemon }, windows, count }) => {
  await windows.during('daemon away', async () => {
    await daemon.kill();
    await pause(1_000);
    await daemon.start();
    await reviveStanding(daemon.socket);
  });
  count('daemon killed and started');
};

const daemonRestarted: Fault = async ({ stage: { daemon }, windows, count }) => {
  await windows.during('daemon away', async () => {
    await daemon.restart();
    await reviveStanding(daemon.socket);
  });
  count('daemon restarted');
};

const serverRenewed: Fault = async (scene) => {
  await administer(scene.stage, 'server', 'renew');
  await expectServed(scene);
  scene.count('server certificate renewed');
};

/** Begin, move every user, switch, drop: with traffic at each step. */
const caRotated: Fault = async (scene) => {
  const { stage, users } = scene;
  await administer(stage, 'ca', 'rotate');
  for (const user of users) {
    await administer(stage, 'client', 'renew', user);
    scene.reconnect(user);
  }
  await administer(stage, 'ca', 'rotate', '--switch-server');
  await expectServed(scene);
  await pause(2_000);
  await administer(stage, 'ca', 'rotate', '--drop-old', '--force');
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
const clientRevoked: Fault = async ({ stage, count, addGuests, revoked }) => {
  const user = `guest${(guests += 1)}`;
  await administer(stage, 'client', 'add', user);
  addGuests(user);
  await pause(4_000);
  await administer(stage, 'client', 'revoke', user);
  revoked(user);
  count('user added and revoked');
};

const policyReloaded: Fault = async ({ stage: { policies }, count }) => {
  for (const info of [false, true]) {
    policies.change(info);
    await pause(TAKE_UP_MS);
  }
  count('policy changed', 2);
};

const policySpoiled: Fault = async ({ stage: { policies }, count }) => {
  for (let turn = 0; turn < 3; turn += 1) {
    policies.spoil(turn);
    await pause(1_000);
  }
  policies.change(true);
  count('bad policy written', 3);
};

const diskFilled: Fault = async ({ stage, windows, count }) => {
  const ballast = path.join(path.dirname(stage.auditLog), 'ballast');
  await windows.during('disk full', async () => {
    fillDisk(ballast);
    await pause(4_000);
    fs.rmSync(ballast);
  });
  count('audit disk filled and emptied');
};

/** Writes until there is no room for another byte. */
function fillDisk(file: string): void {
  const fd = fs.openSync(file, 'w');
  for (let size = 1024 * 1024; size >= 1; size = size > 1 ? size / 4 : 0) {
    const piece = Buffer.alloc(size);
    try {
      for (;;) fs.writeSync(fd, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  fs.closeSync(fd);
}

const clientsReset: Fault = async ({ door, random, count }) => {
  for (let turn = 0; turn < 5; turn += 1)
    count('clients gone by RST', await vanishByReset(door, random));
};

const clientsHalfOpen: Fault = async ({ door, count }) => {
  count('clients half-open for 12 s', await stayHalfOpen(door, 12_000));
};

const OUTPUT_BYTES = 50_000_000;

/** One is continued and gets every byte; the other one is killed while it is stopped. */
const clientsStopped: Fault = async ({ door, count, fail }) => {
  const script = path.join(import.meta.dirname, 'stopped-peer.js');
  const args = [script, String(door.port), door.certPath, String(OUTPUT_BYTES)];
  const [patient, doomed] = [new Child(process.execPath, args), new Child(process.execPath, args)];
  for (const child of [patient, doomed]) {
    await child.waitFor(/first/);
    child.signal('SIGSTOP');
  }
  await pause(8_000);
  await doomed.end('SIGKILL');
  patient.signal('SIGCONT');
  const { stdout } = await patient.outcome;
  const right = stdout.toString().includes(`${OUTPUT_BYTES} bytes`);
  if (!right) fail(`a client that was stopped for 8 s got: ${stdout.toString()}`);
  count('clients stopped for 8 s (one then killed)', 2);
};

const garbageSent: Fault = async ({ door, random, count }) => {
  for (let turn = 0; turn < 3; turn += 1)
    count('peers that sent garbage', await sendGarbage(door, random));
};

export const FAULTS: readonly Fault[] = [
  ...[daemonKilled, daemonRestarted, serverRenewed, caRotated, clientRevoked, policyReloaded],
  ...[policySpoiled, diskFilled, clientsReset, clientsHalfOpen, clientsStopped, garbageSent],
];
