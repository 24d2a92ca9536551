import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Check } from '../../src/doctor/check.ts';
import { examineClient } from '../../src/doctor/client-side.ts';
import type { DaemonCall } from '../support/fake/daemon-call.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { createThrowawayCa, type Issued } from '../support/throwaway-ca.ts';

const start = useGate();

const states = (checks: readonly Check[], state: Check['state']): string[] =>
  checks.filter((check) => check.state === state).map(({ name }) => name);
const named = (checks: readonly Check[], name: string): Check | undefined =>
  checks.find((check) => check.name === name);

/** What the checks say of a user's directory and this gate. */
async function examine(
  gate: TestGate,
  leaf: Issued,
  { ca = gate.ca.cert, host = '127.0.0.1', port = gate.port } = {},
): Promise<Check[]> {
  const dir = join(gate.config.certsDir, 'copied');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(join(dir, 'ca.pem'), ca, { mode: 0o644 });
  await writeFile(join(dir, 'cert.pem'), leaf.cert, { mode: 0o644 });
  await writeFile(join(dir, 'key.pem'), leaf.key, { mode: 0o600 });
  return examineClient(dir, { host, port });
}

it('finds nothing wrong where nothing is', async () => {
  const gate = await start();
  gate.daemon.on('GET /_ping', (call: DaemonCall) => call.json(200, 'OK'));
  const checks = await examine(gate, gate.alice, { host: 'localhost' });
  // What else listens on this machine is not this test's affair.
  expect(states(checks, 'failed').filter((name) => name !== 'daemon on TCP')).toEqual([]);
  expect(named(checks, 'user')?.found).toBe('alice');
  expect(named(checks, 'gate')?.found).toBe('Docker 29.0.0 (linux), API 1.56, let you in');
});

it('gives the gate’s reason for a refusal', async () => {
  const gate = await start();
  const checks = await examine(gate, await gate.ca.hostile.expired('alice'));
  expect(named(checks, 'client ends')).toMatchObject({ state: 'failed' });
  expect(named(checks, 'gate')?.found).toBe(
    'status 403: access refused: the client certificate has expired; ask for a new one',
  );
});

it('names what the server’s certificate lacks, and sends nothing then', async () => {
  const gate = await start({ listen: [{ host: '0.0.0.0', port: 0 }] });
  const checks = await examine(gate, gate.alice, { host: '127.0.0.2' });
  expect(states(checks, 'failed')).toContain('names');
  expect(named(checks, 'names')?.fix).toContain('server renew --san 127.0.0.2');
  expect(named(checks, 'gate')).toMatchObject({ state: 'skipped' });
  expect(gate.daemon.calls.all).toEqual([]);
});

it('refuses a server of another CA, and sends nothing then', async () => {
  const gate = await start();
  const other = await createThrowawayCa();
  const checks = await examine(gate, await other.client('alice'), { ca: other.cert });
  expect(named(checks, 'TLS')).toMatchObject({ state: 'failed' });
  expect(named(checks, 'TLS')?.found).toContain('the server is not proven');
  expect(named(checks, 'gate')).toMatchObject({ state: 'skipped' });
  expect(gate.daemon.calls.all).toEqual([]);
});

it('tells a closed port from one that does not speak TLS', async () => {
  const gate = await start();
  const stranger = createServer((socket) => socket.resume().end('SSH-2.0-stranger\r\n'));
  stranger.listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const { port } = stranger.address() as AddressInfo;
  const strange = await examine(gate, gate.alice, { port });
  stranger.close();
  await once(stranger, 'close');
  const closed = await examine(gate, gate.alice, { port });
  expect(named(strange, 'TLS')?.found).toContain('the handshake failed');
  expect(named(closed, 'TCP')?.found).toBe(`no connection to 127.0.0.1:${port}: ECONNREFUSED`);
  expect(named(closed, 'TLS')).toMatchObject({ state: 'skipped' });
});

it('names a host that does not resolve', async () => {
  const gate = await start();
  const checks = await examine(gate, gate.alice, { host: 'gate.invalid' });
  expect(named(checks, 'DNS')).toMatchObject({ state: 'failed' });
  expect(named(checks, 'TCP')).toMatchObject({ state: 'skipped' });
});

it('names missing files before anything else', async () => {
  const gate = await start();
  const target = { host: '127.0.0.1', port: gate.port };
  const checks = await examineClient(join(gate.config.certsDir, 'nowhere'), target);
  expect(checks[0]).toMatchObject({ name: 'files', state: 'failed' });
  expect(named(checks, 'TCP')).toMatchObject({ state: 'ok' });
  expect(named(checks, 'TLS')).toMatchObject({ state: 'skipped' });
});
