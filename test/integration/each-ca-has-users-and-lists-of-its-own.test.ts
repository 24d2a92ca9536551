import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { useGate, type TestGate } from '../support/gate.ts';
import { crlFor, replaceFile } from '../support/revocation.ts';
import type { Leaf } from '../support/raw-client.ts';
import { createThrowawayCa, type ThrowawayCa } from '../support/throwaway-ca.ts';

const start = useGate();
const made: string[] = [];

afterEach(async () => {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true });
});

const SERIAL = Buffer.from('0123456789', 'hex');
const LIMITS = { connections: 100, streamsPerUser: 100, handshakes: 100, handshakesPerSecond: 100 };

/** A gate that trusts its own CA and another one, whose revocation list lies elsewhere. */
async function startWithTwo(
  limits = { ...LIMITS, connectionsPerUser: 100 },
  policy?: (outsideKey: string) => string,
) {
  const outside = await createThrowawayCa();
  const dir = await mkdtemp(join(tmpdir(), 'dockgate-outside-'));
  made.push(dir);
  const [bundle, list] = [join(dir, 'bundle.pem'), join(dir, 'outside.crl')];
  await writeFile(list, crlFor(outside, []));
  const gate = await start({
    crls: [list],
    limits,
    ...(policy && { policy: policy(keyOf(outside)) }),
    prepare: (_, ca) => writeFile(bundle, `${ca.cert}${outside.cert}`),
    tlsCa: bundle,
  });
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const ours = await gate.ca.hostile.withSerial('alice', SERIAL);
  const theirs = await outside.hostile.withSerial('alice', SERIAL);
  return { gate, outside, list, ours, theirs };
}

/** What stands for a CA in the trail and in a policy: SHA-256 over its public key. */
function keyOf({ cert }: ThrowawayCa): string {
  const { publicKey } = new X509Certificate(cert);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

async function statusFor({ connect }: TestGate, leaf: Leaf): Promise<number> {
  const client = await connect({ leaf });
  return (await client.call('GET', '/_ping')).status;
}

it('a list of one CA says nothing about the same serial number of another', async () => {
  const { gate, outside, list, ours, theirs } = await startWithTwo();
  expect(await statusFor(gate, theirs)).toBe(200);
  await replaceFile(list, crlFor(outside, [theirs], { number: 2n }));
  await gate.audit.next({ event: 'gate-reload', result: 'accepted' });
  expect(await statusFor(gate, theirs)).toBe(403);
  expect(await statusFor(gate, ours)).toBe(200);
});

it('the same name is another user, in the trail and in what it may take', async () => {
  const { gate, ours, theirs } = await startWithTwo({ ...LIMITS, connectionsPerUser: 1 });
  expect(await statusFor(gate, ours)).toBe(200);
  expect(await statusFor(gate, ours)).toBe(429);
  expect(await statusFor(gate, theirs)).toBe(200);
  const [first, second] = gate.audit.having({ event: 'call', user: 'alice' });
  expect(first).not.toHaveProperty('ca');
  expect(second?.['ca']).toMatch(/^[0-9a-f]{64}$/);
});

it('a rule for a user means ours, and another CA’s only where the policy names that CA', async () => {
  const everybody = '{ user: "*", roles: [admin], limits: { concurrent-calls: 1 } }';
  const ofOurs = await startWithTwo(undefined, () => `users: [${everybody}]`);
  expect(await statusFor(ofOurs.gate, ofOurs.ours)).toBe(200);
  expect(await statusFor(ofOurs.gate, ofOurs.theirs)).toBe(403);
  const ofTheirs = await startWithTwo(
    undefined,
    (key) => `
cas: { partner: "${key}", unheard-of: "${'0'.repeat(64)}" }
users:
  - { user: alice, ca: partner, roles: [viewer] }
  - { user: "*", ca: unheard-of, roles: [admin] }
`,
  );
  expect(await statusFor(ofTheirs.gate, ofTheirs.ours)).toBe(403);
  expect(await statusFor(ofTheirs.gate, ofTheirs.theirs)).toBe(200);
});

it('what one user takes of a limit of the policy is not missing to the same name of another CA', async () => {
  const { gate, ours, theirs } = await startWithTwo(
    undefined,
    (key) => `
cas: { partner: "${key}" }
users:
  - { user: alice, roles: [admin], limits: { concurrent-calls: 1 } }
  - { user: alice, ca: partner, roles: [admin], limits: { concurrent-calls: 1 } }
`,
  );
  const client = await gate.connect({ leaf: ours });
  const slow = client.call('GET', '/info');
  const call = await gate.daemon.nextCall('GET /info');
  expect(await statusFor(gate, ours)).toBe(429);
  expect(await statusFor(gate, theirs)).toBe(200);
  await call.json(200, {});
  await slow;
});

it('a list that cannot be read is an error at the start', async () => {
  const prepare = (certsDir: string) => Promise.resolve(certsDir);
  await expect(start({ crls: ['/nowhere/outside.crl'], prepare })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  });
});
