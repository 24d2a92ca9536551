import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';
import { writeInventory } from '../support/revocation.ts';

const start = useGate();

/** A moment far enough away to open streams before it, in whole seconds as X.509 has them. */
const soon = (): Date => new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_000);

/** Expects the ending within a second of `moment`, and not before. */
async function expectEnding(ending: Promise<unknown>, moment: Date): Promise<void> {
  await within(moment.getTime() - Date.now() + 1_000, ending);
  expect(Date.now()).toBeGreaterThanOrEqual(moment.getTime());
}

it('ends a stream within a second of notAfter, and not before', async () => {
  const gate = await start();
  const notAfter = soon();
  const leaf = await gate.ca.client('alice', { notAfter });
  const client = await gate.connect({ leaf });
  await openTunnel(client, gate.daemon);

  await expectEnding(client.ending, notAfter);
  expect(await gate.audit.next({ event: 'call' })).toMatchObject({
    status: 101,
    end: 'certificate-ended',
    reason: 'certificate expired',
  });
});

it('ends a stream within a second of the moment of its supersession, and no other', async () => {
  const gate = await start();
  const old = await gate.ca.client('alice');
  const moment = soon();
  await writeInventory(gate.certsDir, [[old, { supersededAt: moment.toISOString() }]]);
  await gate.audit.next({ event: 'gate-reload', result: 'accepted' });
  const [before, after] = [await gate.connect({ leaf: old }), await gate.connect()];
  await openTunnel(before, gate.daemon);
  const { container } = await openTunnel(after, gate.daemon);

  await expectEnding(before.ending, moment);
  expect(await gate.audit.next({ event: 'call' })).toMatchObject({
    end: 'certificate-ended',
    reason: 'certificate superseded',
  });
  await after.send('still here');
  expect((await container.readExactly(10)).toString()).toBe('still here');
});
