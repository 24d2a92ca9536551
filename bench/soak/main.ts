/**
 * Mixed traffic of many clients to a real daemon through a real gate, while everything around the gate fails. Prints what was
 * done and seen, and exits with 1 where something does not hold. Needs root, dockerd and busybox-static.
 *
 *   npm run soak [-- --minutes N --seed N --clients N]
 *   npm run soak -- --hostile [--only ATTACK]
 */
import { parseArgs } from 'node:util';
import { hostile } from './hostile/hostile.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1.5' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    clients: { type: 'string', default: '50' },
    hostile: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});

const began = performance.now();
const tell = (what: string): void => {
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stderr.write(`${seconds.padStart(5)} s ${what}\n`);
};
const failed = values.hostile ? await hostile(values.only, tell) : await soaked();
for (const what of failed) process.stderr.write(`failed: ${what}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function soaked(): Promise<readonly string[]> {
  const { minutes, seed, clients } = values;
  const options = { minutes: Number(minutes), seed: Number(seed), clients: Number(clients) };
  const asserted = await soak({ ...options, tell });
  return asserted.filter(({ holds }) => !holds).map(({ name }) => name);
}
