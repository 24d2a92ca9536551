/**
 * Mixed traffic of many clients to a real daemon through a real gate, while everything around the gate fails. Prints what was
 * done and seen, and exits with 1 where something does not hold. Needs root, dockerd and busybox-static.
 *
 *   npm run soak [-- --minutes N --seed N --clients N]
 */
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1.5' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    clients: { type: 'string', default: '50' },
  },
});

const began = performance.now();
const asserted = await soak({
  minutes: Number(values.minutes),
  seed: Number(values.seed),
  clients: Number(values.clients),
  tell: (what) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    process.stderr.write(`${seconds.padStart(5)} s ${what}\n`);
  },
});
const failed = asserted.filter(({ holds }) => !holds);
for (const { name } of failed) process.stderr.write(`failed: ${name}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
