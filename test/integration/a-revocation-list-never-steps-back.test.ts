import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useGate, type TestGate } from '../support/gate.ts';
import {
  crlFor,
  crlPath,
  replaceFile,
  revoke,
  writeInventory,
  type CrlOptions,
} from '../support/revocation.ts';
import {
  createThrowawayCa,
  HOUR_MS,
  type Issued,
  type ThrowawayCa,
} from '../support/throwaway-ca.ts';
import type { Leaf } from '../support/raw-client.ts';

const start = useGate();

async function statusFor({ connect }: TestGate, leaf: Leaf): Promise<number> {
  const client = await connect({ leaf });
  return (await client.call('GET', '/_ping')).status;
}

/** A gate that has had a revoked client from its start on. */
async function startRevoked(options: CrlOptions = {}) {
  const revoked: { leaf?: Issued } = {};
  const gate = await start({
    prepare: async (certsDir, ca) => {
      revoked.leaf = await ca.client('mallory');
      await revoke(certsDir, ca, [revoked.leaf], { number: 7n, ...options });
    },
  });
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const leaf = revoked.leaf ?? expect.unreachable();
  expect(await statusFor(gate, leaf)).toBe(403);
  return { gate, leaf };
}

const STEPS: readonly (readonly [string, RegExp, (gate: TestGate) => Promise<unknown>])[] = [
  ['is emptied', /holds no revocation list/, ({ certsDir }) => replaceFile(crlPath(certsDir), '')],
  ['is garbage', /holds no revocation list/, ({ certsDir }) => replaceFile(crlPath(certsDir), 'x')],
  [
    'ends early',
    /ends inside/,
    ({ certsDir, ca }) =>
      replaceFile(crlPath(certsDir), crlFor(ca, [], { number: 8n }).slice(0, 90)),
  ],
  ['is removed', /no list of an issuer/, ({ certsDir }) => rm(crlPath(certsDir))],
  [
    'has a lower number',
    /list number 6, and number 7 is in force/,
    ({ certsDir, ca }) => revoke(certsDir, ca, [], { number: 6n }),
  ],
  [
    'is older',
    /is in force/,
    ({ certsDir, ca }) =>
      revoke(certsDir, ca, [], { number: 9n, thisUpdate: new Date(Date.now() - HOUR_MS) }),
  ],
  [
    'is another’s with its name on it',
    /not signed by the CA whose name it bears/,
    async ({ certsDir, ca }) => {
      const twin = await createThrowawayCa({ subject: ca.subject });
      await replaceFile(crlPath(certsDir), crlFor(twin, [], { number: 9n }));
    },
  ],
];

it.each(STEPS)('the list before stays in force where the new one %s', async (_, reason, spoil) => {
  const { gate, leaf } = await startRevoked();
  await spoil(gate);
  const line = await gate.audit.next({ event: 'gate-reload', result: 'refused' });
  expect(line['reason']).toMatch(reason);
  expect(await statusFor(gate, leaf)).toBe(403);
  expect(await statusFor(gate, gate.alice)).toBe(200);
  expect(gate.log.all.filter(({ level }) => level === 50)).toHaveLength(1);

  await revoke(gate.certsDir, gate.ca, [], { number: 10n });
  await gate.audit.next({ event: 'gate-reload', result: 'accepted' });
  expect(await statusFor(gate, leaf)).toBe(200);
});

it('takes over a revocation although the server’s pair beside it is bad', async () => {
  const { gate } = await startRevoked();
  await replaceFile(join(gate.certsDir, 'server-key.pem'), 'broken');
  await gate.audit.next({ event: 'gate-reload', result: 'refused' });
  await revoke(gate.certsDir, gate.ca, [gate.alice], { number: 8n });
  expect(await gate.audit.next({ event: 'gate-reload', result: 'refused' })).toMatchObject({
    revocations: 'reloaded',
  });
  expect(await statusFor(gate, gate.alice)).toBe(403);
});

it('goes on enforcing a list that is out of date, and says that it is', async () => {
  const hours = (count: number) => new Date(Date.now() + count * HOUR_MS);
  const { gate } = await startRevoked({ thisUpdate: hours(-9), nextUpdate: hours(-1) });
  expect(await statusFor(gate, gate.alice)).toBe(200);
  const said = gate.log.all.filter(({ msg }) => String(msg).includes('out of date'));
  expect(said).toHaveLength(1);
});

describe('at the start', () => {
  const revokedInInventory = async (certsDir: string, ca: ThrowawayCa): Promise<void> => {
    const revoked = { at: new Date().toISOString(), reason: 'keyCompromise' as const };
    await writeInventory(certsDir, [[await ca.client('mallory'), { revoked }]]);
  };

  it('a missing list is an error where the inventory says that something was revoked', async () => {
    await expect(start({ prepare: revokedInInventory })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(/crl\.pem is missing/) as string,
    });
  });

  it('a list that cannot be read is an error, whatever the inventory says', async () => {
    const prepare = (certsDir: string) => writeFile(crlPath(certsDir), 'x');
    await expect(start({ prepare })).rejects.toMatchObject({ code: 'CRL_INVALID' });
  });

  it('an inventory that cannot be read is an error', async () => {
    const prepare = (certsDir: string) => writeFile(join(certsDir, 'inventory.json'), '');
    await expect(start({ prepare })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
