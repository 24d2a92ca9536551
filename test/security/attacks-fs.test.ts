import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { cp, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { initCertificates } from '../../src/pki/init.ts';
import { builtProgram } from '../support/built-gate.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import type { Leaf } from '../support/raw-client.ts';
import { crlPath, revoke } from '../support/revocation.ts';
import { answerAll, exchange, head } from '../support/security/attack.ts';

const start = useGate();

const PING = head('GET /_ping HTTP/1.1', 'Host: d');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dockgate-fs-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function statusFor(gate: TestGate, leaf: Leaf): Promise<number> {
  return (await exchange(gate, PING, { leaf })).answer.status;
}

async function shownBy(gate: TestGate): Promise<string | undefined> {
  return (await gate.connect()).socket.getPeerX509Certificate()?.fingerprint256;
}

it('FS-004: a certificate that is cut off and written slowly is taken up when it is whole, and its key is there', async () => {
  const gate = await start();
  answerAll(gate);
  const before = await shownBy(gate);
  const renewed = await gate.ca.server();
  const file = join(gate.certsDir, 'server-cert.pem');
  await truncate(file, 0);
  for (const length of [100, 300, renewed.cert.length]) {
    await gate.audit.next({ event: 'gate-reload', result: 'refused' });
    expect(await shownBy(gate)).toBe(before);
    await writeFile(file, renewed.cert.slice(0, length));
  }
  await gate.audit.next({ event: 'gate-reload', result: 'refused' });
  await writeFile(join(gate.certsDir, 'server-key.pem'), renewed.key);
  await gate.audit.next({ event: 'gate-reload', result: 'accepted' });
  expect(await shownBy(gate)).toBe(renewed.fingerprint);
  expect(await statusFor(gate, gate.alice)).toBe(200);
});

it('FS-005: a CA’s key is for its owner alone from its first byte on, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    await initCertificates({ dir, clients: ['alice'], sans: [] });
  } finally {
    process.umask(before);
  }
  const names = await readdir(dir, { recursive: true });
  const keys = names.filter((name) => name.endsWith('key.pem'));
  expect(keys.length).toBeGreaterThanOrEqual(3);
  for (const name of keys) expect((await stat(join(dir, name))).mode & 0o777, name).toBe(0o600);
});

it.each(['crl.pem', 'inventory.json'])(
  'FS-006: a %s that is cut to nothing revokes nobody less',
  async (name) => {
    const gate = await start();
    answerAll(gate);
    await revoke(gate.certsDir, gate.ca, [gate.alice]);
    await gate.audit.next({ event: 'gate-reload', result: 'accepted' });
    expect(await statusFor(gate, gate.alice)).toBe(403);
    await writeFile(name === 'crl.pem' ? crlPath(gate.certsDir) : join(gate.certsDir, name), '');
    await gate.audit.next({ event: 'gate-reload', result: 'refused' });
    expect(await statusFor(gate, gate.alice)).toBe(403);
    // Nor does a gate start with it.
    const again = start({ prepare: (to) => cp(gate.certsDir, to, { recursive: true }) });
    await expect(again).rejects.toMatchObject({
      code: name === 'crl.pem' ? 'CRL_INVALID' : 'FILE_UNREADABLE',
    });
  },
);

it('FS-007: a port that somebody has is told in two lines, with the exit code of a failure', async () => {
  const { port, certsDir, daemon } = await start();
  const args = [
    ...['serve', '-H', `tcp://127.0.0.1:${port}`, '--certs', certsDir],
    ...['--docker-host', `unix://${daemon.socketPath}`],
    ...['--audit-log', join(dir, 'audit.jsonl')],
  ];
  const child = spawn(process.execPath, [builtProgram(), ...args]);
  const ended = new Promise((resolve) => child.once('close', resolve));
  const said = await text(child.stderr);
  expect(await ended).toBe(1);
  const lines = said.trimEnd().split('\n');
  expect(lines.filter((line) => !line.startsWith('{"level":"warn"'))).toEqual([
    `dockgate: cannot listen on tcp://127.0.0.1:${port}: EADDRINUSE`,
    expect.stringMatching(/^hint: another process listens there/),
  ]);
});

it('FS-008: a copy of the directory serves elsewhere, with what was revoked', async () => {
  const gate = await start();
  const bob = await gate.ca.client('bob');
  await revoke(gate.certsDir, gate.ca, [bob]);
  const copy = await start({
    prepare: (to) => cp(gate.certsDir, to, { recursive: true, force: true }),
  });
  answerAll(copy);
  const more = { ca: gate.ca.cert };
  expect((await exchange(copy, PING, { ...more, leaf: gate.alice })).answer.status).toBe(200);
  expect((await exchange(copy, PING, { ...more, leaf: bob })).answer.status).toBe(403);
});
