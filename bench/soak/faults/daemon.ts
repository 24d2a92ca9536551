import { setTimeout as pause } from 'node:timers/promises';
import { reviveStanding } from '../standing.ts';
import type { Fault } from './scene.ts';

export const daemonKilled: Fault = async ({ stage: { daemon }, windows, count }) => {
  await windows.during('daemon away', async () => {
    await daemon.kill();
    await pause(1_000);
    await daemon.start();
    await reviveStanding(daemon.socket);
  });
  count('daemon killed and started');
};

export const daemonRestarted: Fault = async ({ stage: { daemon }, windows, count }) => {
  await windows.during('daemon away', async () => {
    await daemon.restart();
    await reviveStanding(daemon.socket);
  });
  count('daemon restarted');
};
