import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { initCertificates } from '../../src/pki/init.ts';
import { rotate } from '../../src/pki/rotation/rotate.ts';
import { renewClient } from '../../src/pki/users/issue.ts';
import { within } from '../support/fake/within.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';
import type { Leaf } from '../support/raw-client.ts';

const start = useGate();

const USERS = ['alice', 'bob'] as const;

/** What a user has at home: DOCKER_CERT_PATH, copied at some time. */
interface Home {
  readonly leaf: Leaf;
  readonly ca: string;
}

async function homeOf({ certsDir }: TestGate, user: string): Promise<Home> {
  const read = (name: string) => readFile(join(certsDir, 'clients', user, name), 'utf8');
  const [cert, key, ca] = [await read('cert.pem'), await read('key.pem'), await read('ca.pem')];
  return { leaf: { cert, key }, ca };
}

/** Calls on a new connection; the server is verified with the CA that the user has. */
async function statusFor({ connect }: TestGate, home: Home): Promise<number> {
  const client = await connect(home);
  const { status } = await client.call('GET', '/_ping');
  client.destroy();
  return status;
}

it('a CA is replaced step by step, and nobody is refused on the way', async () => {
  const gate = await start({
    prepare: async (dir) => {
      await rm(dir, { recursive: true });
      await initCertificates({ dir, clients: [...USERS], sans: ['127.0.0.1'] });
    },
  });
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const { certsDir: dir } = gate;
  const step = async (work: () => Promise<unknown>): Promise<void> => {
    await work();
    await gate.audit.next({ event: 'gate-reload', result: 'accepted' });
  };
  const homes = new Map<string, Home>();
  for (const user of USERS) homes.set(user, await homeOf(gate, user));
  const everyoneIsServed = async (): Promise<void> => {
    for (const [user, home] of homes) expect(await statusFor(gate, home), user).toBe(200);
  };
  const before = homes.get('bob') ?? expect.unreachable();
  const kept = await gate.connect(before);
  const { container } = await openTunnel(kept, gate.daemon);
  await everyoneIsServed();

  await step(() => rotate({ dir }));
  await everyoneIsServed();
  await step(() => renewClient({ dir, name: 'alice' }));
  homes.set('alice', await homeOf(gate, 'alice'));
  await everyoneIsServed();
  // Bob has not moved: his old ca.pem goes on trusting the server that the new CA vouches for.
  await step(() => rotate({ dir, switchServer: true }));
  await everyoneIsServed();
  await step(() => renewClient({ dir, name: 'bob' }));
  homes.set('bob', await homeOf(gate, 'bob'));
  await everyoneIsServed();
  await container.write('all along');
  expect((await kept.source.readExactly(9)).toString()).toBe('all along');
  expect(gate.audit.having({ event: 'peer-refused' })).toEqual([]);
  expect(gate.audit.having({ event: 'connection-cut' })).toEqual([]);

  await step(() => rotate({ dir, dropOld: true, force: true }));
  await everyoneIsServed();
  await within(5_000, kept.ending);
  expect(gate.audit.having({ event: 'connection-cut' })).toMatchObject([{ user: 'bob' }]);
  const users = gate.audit.having({ event: 'call', action: 'system.ping' });
  expect(new Set(users.map(({ user, ca }) => `${String(user)} ${String(ca)}`))).toEqual(
    new Set(['alice undefined', 'bob undefined']),
  );
});
