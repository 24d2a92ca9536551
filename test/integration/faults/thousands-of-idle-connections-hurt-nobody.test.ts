import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { crowd } from '../../support/faults/crowd.ts';
import { useScene } from '../../support/faults/scene.ts';
import { within } from '../../support/fake/within.ts';
import type { RawClient } from '../../support/raw-client.ts';

const start = useScene();

const IDLE = 5000;
/** Both ends of each connection live in this process, and some more that is not counted here. */
const NEEDED = 2 * IDLE + 500;

/** Descriptors that this process may open; Node has raised the soft limit to the hard one. */
function descriptorLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return limit === undefined ? Infinity : Number(limit);
}

const title = `serves others while one user holds ${IDLE} idle connections, and cuts none of them`;

if (descriptorLimit() < NEEDED) {
  const reason = `only ${descriptorLimit()} descriptors allowed, ${NEEDED} needed: ulimit -Hn`;
  console.warn(`\nSKIPPED: ${title}: ${reason}\n`);
  it.skip(`${title} (${reason})`);
} else {
  it(title, { timeout: 180_000 }, async () => {
    const scene = await start();
    const { ca, audit } = scene.test;
    const bob = await ca.client('bob');
    const idle: RawClient[] = await crowd(IDLE, () => scene.connect());
    const ended = new Set<RawClient>();
    for (const client of idle) void client.ending.then(() => ended.add(client));

    const other = await scene.connect({ leaf: bob });
    for (let turn = 0; turn < 20; turn += 1) {
      const answer = await within(5_000, other.call('GET', '/_ping'));
      expect(answer.body.toString()).toBe('OK');
    }
    expect(audit.having({ event: 'call', user: 'bob', status: 200 })).toHaveLength(20);
    // One of the idle is as good as new.
    expect((await idle[IDLE - 1]?.call('GET', '/_ping'))?.status).toBe(200);
    expect(ended.size).toBe(0);

    await scene.isOver(Array.from({ length: 21 }, () => ({ action: 'system.ping' })));
  });
}
