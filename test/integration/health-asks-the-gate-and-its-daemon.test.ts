import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { createServer as createPlainServer, type AddressInfo } from 'node:net';
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
  const [gate, socket] = await examineHealth(config);
  expect(gate?.found).toContain('502');
  expect(socket).toMatchObject({ name: 'docker socket', state: 'failed' });
});

it('is well where a policy knows nothing of it: a refusal is an answer', async () => {
  const gate = await start({ policy: 'users:\n  - user: admin\n    roles: [admin]\n' });
  gate.daemon.on('GET /_ping', (call: DaemonCall) => call.json(200, 'OK'));
  const checks = await examineHealth(gate.config);
  expect(checks.map(({ state }) => state)).toEqual(['ok', 'ok']);
  expect(checks[0]?.found).toContain('answers 403');
});

it.each([
  [503, 'the audit log cannot be written'],
  [500, 'dockgate failed on this call'],
])('is not where the gate answers %i', async (status, message) => {
  const { config } = await startAnswering();
  const [key, cert] = await Promise.all([readFile(config.tls.key), readFile(config.tls.cert)]);
  const ill = createServer({ key, cert }, (_, response) => {
    response.writeHead(status).end(JSON.stringify({ message }));
  });
  await new Promise<void>((resolve) => ill.listen(0, '127.0.0.1', resolve));
  const { port } = ill.address() as AddressInfo;
  const [check] = await examineHealth({ ...config, listen: [{ host: '127.0.0.1', port }] });
  ill.close();
  expect(check).toMatchObject({ state: 'failed' });
  expect(check?.found).toContain(`${status}: ${message}`);
});

it('is not where another program has the port', async () => {
  const { config } = await startAnswering();
  const other = createPlainServer((socket) => socket.end('220 another service\r\n'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const [check] = await examineHealth({ ...config, listen: [{ host: '127.0.0.1', port }] });
  other.close();
  expect(check).toMatchObject({ state: 'failed', found: 'what listens there is not our gate' });
});

it('asks both apart where it has no certificate to call with', async () => {
  const { config, daemon } = await startAnswering();
  await removeKeys(config);
  const well = await examineHealth(config);
  expect(well.map(({ state }) => state)).toEqual(['ok', 'ok']);
  expect(well[0]?.found).toContain('answers 403');
  await daemon.stop();
  const ill = await examineHealth(config);
  expect(ill.map(({ state }) => state)).toEqual(['ok', 'failed']);
});
