import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { mustRun } from '../../../test/support/e2e/child.ts';
import { enter, HALF_A_HEAD, PING } from '../peers.ts';
import type { Fault } from './scene.ts';

/** The gate's keep-alive asks after 30 s, and gives up 10 s later; clocks on heads run for 10 s. */
const NOTICED_MS = 60_000;

/**
 * Clients whose link is gone: from now on no packet passes, either way, and nobody says so. One has been answered, one is inside a head. (A
 * stream that goes on is in the hands of the kernel, which sends again for a quarter of an hour.)
 */
export const clientsCutOff: Fault = async ({ door, count, fail }) => {
  const peers = await Promise.all([enter(door), enter(door)]);
  for (const [at, { socket }] of peers.entries()) socket.write([PING, HALF_A_HEAD][at] ?? '');
  await pause(500);
  const ports = peers.map(({ tcp }) => tcp.localPort ?? 0);
  await cut('--insert', ports);
  try {
    await gone(door.port, ports, fail);
  } finally {
    await cut('--delete', ports);
    for (const { tcp } of peers) tcp.destroy();
  }
  count('clients whose link was cut', ports.length);
};

/** Only what comes from or goes to these ports of the loopback interface. */
async function cut(how: '--insert' | '--delete', ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    for (const end of ['--sport', '--dport']) {
      const rule = ['INPUT', '--in-interface', 'lo', '--protocol', 'tcp', end, String(port)];
      await mustRun('iptables', ['--wait', how, ...rule, '--jump', 'DROP']);
    }
  }
}

/** Waits until the gate has no connection with these ports. */
async function gone(port: number, ports: readonly number[], fail: (what: string) => void) {
  const deadline = performance.now() + NOTICED_MS;
  while (ports.some((remote) => isEstablished(port, remote))) {
    if (performance.now() > deadline) {
      fail(`a client whose link was cut is still there after ${NOTICED_MS} ms`);
      return;
    }
    await pause(250);
  }
}

function isEstablished(local: number, remote: number): boolean {
  const end = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = fs.readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return rows.some((row) => {
    const [, from = '', to = '', state] = row.trim().split(/\s+/);
    return from.endsWith(end(local)) && to.endsWith(end(remote)) && state === '01';
  });
}
