import { setTimeout as pause } from 'node:timers/promises';
import { TAKE_UP_MS, type Fault } from './scene.ts';

export const policyReloaded: Fault = async ({ stage: { policies }, count }) => {
  for (const info of [false, true]) {
    policies.change(info);
    await pause(TAKE_UP_MS);
  }
  count('policy changed', 2);
};

export const policySpoiled: Fault = async ({ stage: { policies }, count }) => {
  for (let turn = 0; turn < 3; turn += 1) {
    policies.spoil(turn);
    await pause(1_000);
  }
  policies.change(true);
  count('bad policy written', 3);
};
