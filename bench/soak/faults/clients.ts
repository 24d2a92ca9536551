import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../../../test/support/e2e/child.ts';
import { sendGarbage, stayHalfOpen, vanishByReset } from '../peers.ts';
import type { Fault } from './scene.ts';

export const clientsReset: Fault = async ({ door, random, mark, count }) => {
  for (let turn = 0; turn < 5; turn += 1)
    count('clients gone by RST', await vanishByReset(door, random, mark));
};

export const clientsHalfOpen: Fault = async ({ door, mark, count }) => {
  count('clients half-open for 12 s', await stayHalfOpen(door, 12_000, mark));
};

const OUTPUT_BYTES = 50_000_000;

/** One is continued and gets every byte; the other one is killed while it is stopped. */
export const clientsStopped: Fault = async ({ door, mark, count, fail }) => {
  const script = path.join(import.meta.dirname, '..', 'stopped-peer.js');
  const begin = (): Child => {
    const args = [String(door.port), door.certPath, String(OUTPUT_BYTES), mark(), mark()];
    return new Child(process.execPath, [script, ...args]);
  };
  const [patient, doomed] = [begin(), begin()];
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

export const garbageSent: Fault = async ({ door, random, count }) => {
  for (let turn = 0; turn < 3; turn += 1)
    count('peers that sent garbage', await sendGarbage(door, random));
};
