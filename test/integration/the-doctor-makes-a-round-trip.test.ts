import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Check } from '../../src/doctor/check.ts';
import { examineGate } from '../../src/doctor/gate-side.ts';
import type { DaemonCall } from '../support/fake/daemon-call.ts';
import { useGate, type TestGate } from '../support/gate.ts';

const start = useGate();
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const named = (checks: readonly Check[], name: string): Check | undefined =>
  checks.find((check) => check.name === name);

/** A daemon that answers the doctor; `session` is what it does with the tunnel. */
function answering({ daemon }: TestGate, session: (call: DaemonCall) => unknown): void {
  daemon.on('GET /_ping', (call: DaemonCall) => call.json(200, 'OK'));
  daemon.on('POST /session', session);
}

/** Speaks only once it has heard of the end of input: the strictest daemon there is. */
async function speakAfterTheEnd(call: DaemonCall): Promise<void> {
  const stream = await call.hijack('h2c');
  await stream.inputEnded;
  await stream.write(PREFACE);
  stream.end();
}

it('calls as a user of its own, who is in the trail and leaves no key behind', async () => {
  const gate = await start();
  answering(gate, speakAfterTheEnd);
  const before = readdirSync(gate.config.certsDir, { recursive: true });
  const checks = await examineGate(gate.config, []);
  expect(named(checks, 'round trip')).toMatchObject({ state: 'ok' });
  expect(named(checks, 'round trip')?.found).toContain(
    'as doctor, with a certificate for 5 minutes',
  );
  expect(named(checks, 'half-close')).toMatchObject({
    state: 'ok',
    found: 'output arrives behind the end of input, which ends the tunnel',
  });
  expect(named(checks, `port ${gate.port}`)?.found).toContain('is ours');
  expect(readdirSync(gate.config.certsDir, { recursive: true })).toEqual(before);
  await gate.audit.next({ event: 'call', user: 'doctor', action: 'system.ping', status: 200 });
  await gate.audit.next({ event: 'call', user: 'doctor', action: 'buildkit.session' });
  expect(gate.audit.having({ event: 'peer-refused' })).toEqual([]);
});

it('calls as a user who is there where the CA’s key is not', async () => {
  const gate = await start();
  answering(gate, speakAfterTheEnd);
  await writeFile(join(gate.config.certsDir, 'ca-key.pem'), gate.alice.key);
  const checks = await examineGate(gate.config, []);
  expect(named(checks, 'round trip')?.found).toContain('as alice');
});

it('notices output that is lost behind the end of input', async () => {
  const gate = await start();
  answering(gate, async (call) => {
    const stream = await call.hijack('h2c');
    await stream.inputEnded;
    stream.end();
  });
  const checks = await examineGate(gate.config, []);
  expect(named(checks, 'half-close')).toMatchObject({ state: 'failed' });
  expect(named(checks, 'half-close')?.found).toContain('lost (5 of 5 times)');
});

it('notices an end of input that the daemon does not hear of', async () => {
  const gate = await start();
  answering(gate, async (call) => {
    await (await call.hijack('h2c')).write(PREFACE);
  });
  const checks = await examineGate(gate.config, []);
  expect(named(checks, 'half-close')?.found).toBe(
    'the end of input does not reach the daemon within 5 s',
  );
});

it('gives the gate’s own reason where a call is not served', async () => {
  const gate = await start();
  await gate.daemon.stop();
  const checks = await examineGate(gate.config, []);
  expect(named(checks, 'round trip')?.found).toMatch(/^doctor got 502: cannot reach the Docker/);
  expect(named(checks, 'half-close')).toMatchObject({ state: 'skipped' });
  expect(named(checks, 'docker socket')).toMatchObject({ state: 'failed' });
});

it('makes none where no gate runs, and tells a free port from one that is taken', async () => {
  const gate = await start();
  answering(gate, speakAfterTheEnd);
  await gate.gate.stop(0);
  const free = await examineGate(gate.config, []);
  expect(named(free, `port ${gate.port}`)?.found).toContain('is free');
  expect(named(free, 'round trip')).toMatchObject({ state: 'skipped' });

  const stranger = createServer((socket) => socket.resume().end('SSH-2.0-stranger\r\n'));
  stranger.listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const { port } = stranger.address() as AddressInfo;
  const taken = { ...gate.config, listen: [{ host: '127.0.0.1', port }] };
  const check = named(await examineGate(taken, []), `port ${port}`);
  stranger.close();
  expect(check).toMatchObject({ state: 'failed' });
  expect(check?.found).toMatch(new RegExp(`is taken by \\S+ \\(pid ${process.pid}\\)`));
});

it('knows a gate that shows another certificate than its files hold', async () => {
  const gate = await start();
  answering(gate, speakAfterTheEnd);
  const next = await gate.ca.server();
  // Beside the files that the gate watches: it would take up a new pair within a second.
  const cert = join(gate.config.certsDir, 'next-cert.pem');
  const key = join(gate.config.certsDir, 'next-key.pem');
  await writeFile(cert, next.cert);
  await writeFile(key, next.key);
  const config = { ...gate.config, tls: { ...gate.config.tls, cert, key } };
  const checks = await examineGate(config, []);
  expect(named(checks, `port ${gate.port}`)).toMatchObject({ state: 'warning' });
  expect(named(checks, `port ${gate.port}`)?.fix).toContain('kill -HUP');
  expect(named(checks, 'round trip')).toMatchObject({ state: 'ok' });
});
