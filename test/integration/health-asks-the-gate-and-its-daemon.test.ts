import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { examineHealth } from '../../src/doctor/health.ts';
import type { DaemonCall } from '../support/fake/daemon-call.ts';
import { useGate, type TestGate } from '../support/gate.ts';

const start = useGate();

async function startAnswering(): Promise<TestGate> {
  const gate = await start();
  gate.daemon.on('GET /_ping', (call: DaemonCall) => call.json(200, 'OK'));
  return gate;
}

/** Leaves nothing to call with. */
async function removeKeys({ certsDir }: TestGate['config']): Promise<void> {
  await rm(join(certsDir, 'ca-key.pem'));
  await rm(join(certsDir, 'clients'), { recursive: true });
}

it('is well where the daemon answers through the gate', async () => {
  const { config, audit } = await startAnswering();
  expect(await examineHealth(config)).toEqual([expect.objectContaining({ state: 'ok' })]);
  await audit.next({ event: 'call', user: 'health', status: 200 });
});

it('is not where the daemon is gone', async () => {
  const { config, daemon } = await startAnswering();
  await daemon.stop();
  const [check] = await examineHealth(config);
  expect(check).toMatchObject({ state: 'failed' });
  expect(check?.found).toContain('502');
});

it('is not where the gate is gone', async () => {
  const { config, gate } = await startAnswering();
  await gate.stop(0);
  const [check] = await examineHealth(config);
  expect(check).toMatchObject({ state: 'failed', found: 'nothing listens there' });
});

it('asks both apart where it has no certificate to call with', async () => {
  const { config, daemon } = await startAnswering();
  await removeKeys(config);
  const well = await examineHealth(config);
  expect(well.map(({ state }) => state)).toEqual(['ok', 'ok']);
  await daemon.stop();
  const ill = await examineHealth(config);
  expect(ill.map(({ state }) => state)).toEqual(['ok', 'failed']);
});
