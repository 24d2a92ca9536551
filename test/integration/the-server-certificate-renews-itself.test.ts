import { X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { initCertificates } from '../../src/pki/init.ts';
import { useGate, type GateOptions } from '../support/gate.ts';

const start = useGate();

/** A set whose leaves have so many days left, under a CA of ten years. */
const withDays = (days: number): Pick<GateOptions, 'prepare'> => ({
  prepare: async (dir) => {
    await rm(dir, { recursive: true });
    await initCertificates({ dir, days, clients: ['alice'], sans: ['gate.example', '127.0.0.1'] });
  },
});

it('with --auto-renew, in its last 30 days, with the names that it has', async () => {
  const gate = await start({ ...withDays(29), autoRenew: true });
  await gate.audit.next({ event: 'gate-reload', cause: 'auto-renew', result: 'accepted' });
  const own = new X509Certificate(await readFile(join(gate.certsDir, 'server-cert.pem')));
  expect(gate.audit.having({ event: 'certificate-renewed', reason: 'auto-renew' })).toEqual([
    expect.objectContaining({ kind: 'server', serial: own.serialNumber, by: userInfo().username }),
  ]);
  const ca = await readFile(join(gate.certsDir, 'ca.pem'), 'utf8');
  const client = await gate.connect({ ca, leaf: undefined });
  const shown = client.socket.getPeerX509Certificate() ?? expect.unreachable();
  expect(Date.parse(shown.validTo) - Date.now()).toBeGreaterThan(300 * 86_400_000);
  expect(shown.checkHost('gate.example')).toBe('gate.example');
  expect(shown.checkIP('127.0.0.1')).toBe('127.0.0.1');
});

it('not before, and not without the CA’s key, which is said', async () => {
  const early = await start({ ...withDays(31), autoRenew: true });
  const late = await start({
    autoRenew: true,
    prepare: async (dir, ca) => {
      await withDays(29).prepare?.(dir, ca);
      await rm(join(dir, 'ca-key.pem'));
    },
  });
  const line = await late.log.next({ msg: 'the server certificate could not be renewed' });
  expect(line['reason']).toMatch(/ca-key\.pem is missing/);
  for (const { certsDir } of [early, late]) {
    const own = new X509Certificate(await readFile(join(certsDir, 'server-cert.pem')));
    expect(Date.parse(own.validTo) - Date.now()).toBeLessThan(32 * 86_400_000);
  }
  expect(early.audit.having({ event: 'gate-reload' })).toEqual([]);
});
