import { appendFile, chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { EKU, extendedKeyUsage } from '../../src/pki/extensions.ts';
import { encode, implicit, sequence } from '../../src/pki/forge.ts';
import { initCertificates } from '../../src/pki/init.ts';
import { addClient } from '../../src/pki/users/issue.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { connectRaw, type Leaf } from '../support/raw-client.ts';
import { revoke, writeInventory } from '../support/revocation.ts';
import { answerAll, exchange, head, linesOf, refusalIn } from '../support/security/attack.ts';
import { createThrowawayCa, HOUR_MS, type Issued } from '../support/throwaway-ca.ts';

const start = useGate();

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
const PING = head('GET /_ping HTTP/1.1', 'Host: d');

/** Expects the one 403, over both versions of TLS, and that the daemon hears of nothing. */
async function expectTurnedAway(gate: TestGate, leaf: Leaf, reason: RegExp): Promise<void> {
  for (const tls of VERSIONS) {
    const { answer } = await exchange(gate, PING, { leaf, tls });
    expect(answer.status).toBe(403);
    expect(refusalIn(answer)).toMatch(reason);
    expect((await gate.audit.next({ event: 'peer-refused' }))['reason']).toMatch(reason);
  }
  expect(gate.daemon.connections.all).toHaveLength(0);
}

async function userOf(gate: TestGate, leaf: Leaf): Promise<unknown> {
  answerAll(gate);
  const { client, answer } = await exchange(gate, PING, { leaf });
  expect(answer.status).toBe(200);
  return linesOf(gate, client)[0]?.['user'];
}

it('PKI-001: a server’s certificate lets nobody in as a client', async () => {
  const gate = await start();
  await expectTurnedAway(gate, await gate.ca.server(), /clientAuth/);
});

it('PKI-002: a client’s certificate serves nobody as a server', async () => {
  const gate = await start();
  const leaf = await addressed(gate);
  const server = createServer({ cert: leaf.cert, key: leaf.key }, (socket: TLSSocket) => {
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(connectRaw({ port, ca: gate.ca.cert })).rejects.toThrow(/unsuitable|purpose/i);
  await new Promise((resolve) => server.close(resolve));
});

/** A client's certificate with a SAN that fits, so that its purpose alone is in the way. */
const addressed = ({ ca }: TestGate) =>
  ca.issue({
    subject: [{ type: 'CN', value: 'alice' }],
    purposes: [EKU.clientAuth],
    sans: ['127.0.0.1', 'localhost'],
  });

it('PKI-003: a certificate for any purpose is not one for clients', async () => {
  const gate = await start();
  await expectTurnedAway(gate, await gate.ca.hostile.anyPurposeOnly('alice'), /clientAuth/);
});

it('PKI-004: a certificate that is not valid yet is refused, with a word about clocks', async () => {
  const gate = await start();
  await expectTurnedAway(gate, await gate.ca.hostile.notYetValid('alice'), /clocks of both hosts/);
});

describe('PKI-005', () => {
  it('PKI-005: a list past its next update locks nobody out, lets nobody revoked in, and is reported', async () => {
    const past = (hours: number) => new Date(Date.now() - hours * HOUR_MS);
    let mallory: Issued | undefined;
    const gate = await start({
      prepare: async (certsDir, ca) => {
        mallory = await ca.client('mallory');
        await revoke(certsDir, ca, [mallory], { thisUpdate: past(9), nextUpdate: past(1) });
      },
    });
    await expectTurnedAway(gate, mallory ?? expect.unreachable(), /revoked/);
    expect(await userOf(gate, gate.alice)).toBe('alice');
    expect(gate.log.all.some(({ msg }) => String(msg).includes('out of date'))).toBe(true);
  });

  it('PKI-005: a gate whose list is missing though certificates were revoked does not start', async () => {
    const revoked = { at: new Date().toISOString(), reason: 'keyCompromise' as const };
    const prepare: Parameters<typeof start>[0] = {
      prepare: async (certsDir, ca) => {
        await writeInventory(certsDir, [[await ca.client('mallory'), { revoked }]]);
      },
    };
    await expect(start(prepare)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

it('PKI-006: a CA of another installation with the same name vouches for nobody', async () => {
  const gate = await start();
  await expectTurnedAway(gate, await gate.ca.hostile.forged('alice'), /does not trust/);
});

it('PKI-007: the serial number of a revoked certificate under another CA is another certificate', async () => {
  const other = await createThrowawayCa();
  const serial = Buffer.from('02', 'hex');
  let revoked: Issued | undefined;
  const gate = await start({
    prepare: async (certsDir, ca) => {
      await appendFile(join(certsDir, 'ca.pem'), other.cert);
      revoked = await ca.hostile.withSerial('mallory', serial);
      await revoke(certsDir, ca, [revoked]);
    },
  });
  await expectTurnedAway(gate, revoked ?? expect.unreachable(), /revoked/);
  expect(await userOf(gate, await other.hostile.withSerial('alice', serial))).toBe('alice');
});

it('PKI-008: a leaf without its intermediate is refused, and accepted where the bundle has that', async () => {
  const gate = await start();
  const middle = await gate.ca.intermediate();
  const leaf = await middle.client('carol');
  await expectTurnedAway(gate, leaf, /does not trust/);

  let carol: Issued | undefined;
  const knowing = await start({
    prepare: async (certsDir, ca) => {
      const below = await ca.intermediate();
      await appendFile(join(certsDir, 'ca.pem'), below.cert);
      carol = await below.client('carol');
    },
  });
  expect(await userOf(knowing, carol ?? expect.unreachable())).toBe('carol');
});

it('PKI-009: a leaf vouches for nobody', async () => {
  const gate = await start();
  const { chain, cert, key } = await gate.ca.hostile.signedByLeaf('alice');
  await expectTurnedAway(gate, { cert: `${cert}${chain}`, key }, /CA|certificate/);
});

it('PKI-010: a self-signed certificate is nobody, whatever it calls itself', async () => {
  const gate = await start();
  await expectTurnedAway(gate, await gate.ca.hostile.selfSigned('admin'), /self-signed/);
});

it('PKI-011: two common names are none', async () => {
  const gate = await start();
  const leaf = await gate.ca.hostile.withNames('bob', 'admin');
  await expectTurnedAway(gate, leaf, /several common names/);
});

it.each([
  ['PKI-012: a line end', 'bob\nCN=admin'],
  ['PKI-012: CR LF', 'bob\r\nCN=admin'],
  ['PKI-013: NUL', 'admin\0.evil'],
  ['PKI-015: a space before it', ' alice'],
  ['PKI-015: a space behind it', 'alice '],
])('%s in a name is refused, and the log stays one line', async (_, name) => {
  const gate = await start();
  await expectTurnedAway(gate, await gate.ca.client(name), /not a user name/);
  expect(gate.audit.having({ user: 'admin' })).toEqual([]);
});

it('PKI-014: a subject without a common name is nobody', async () => {
  const gate = await start();
  const leaf = await gate.ca.issue({
    subject: [{ type: 'O', value: 'only' }],
    purposes: [EKU.clientAuth],
  });
  await expectTurnedAway(gate, leaf, /no common name/);
  const empty = await start();
  await expectTurnedAway(empty, await empty.ca.hostile.withNames(), /no common name/);
});

it('PKI-015: a name in other case is another user', async () => {
  const gate = await start();
  expect(await userOf(gate, await gate.ca.client('Alice'))).toBe('Alice');
});

it('PKI-016: a SAN makes nobody of anyone, however it is put', async () => {
  const gate = await start();
  const value = encode(sequence(implicit(2, Buffer.from('a, DNS:admin, CN=admin'))));
  const leaf = await gate.ca.issue({
    subject: [{ type: 'CN', value: 'alice' }],
    extensions: () => [
      extendedKeyUsage(EKU.clientAuth),
      { oid: '2.5.29.17', critical: false, value },
    ],
  });
  expect(leaf.certificate.subjectAltName).toContain('admin');
  expect(await userOf(gate, leaf)).toBe('alice');
});

it.each(['../../etc/cron.d/x', '..', '.', '', 'a/b', 'a\\b', 'NUL:', '-x', 'a\0b', 'ü'])(
  'PKI-017: a certificate for %j is not issued, and nothing is written',
  async (name) => {
    const gate = await start();
    const before = await readdir(gate.certsDir, { recursive: true });
    await expect(addClient({ dir: gate.certsDir, name })).rejects.toMatchObject({
      code: 'NAME_INVALID',
    });
    expect(await readdir(gate.certsDir, { recursive: true })).toEqual(before);
  },
);

it('PKI-018: a name that differs in case alone is not issued', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dockgate-names-'));
  try {
    await initCertificates({ dir, clients: ['alice'], sans: [] });
    await expect(addClient({ dir, name: 'Alice' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await expect(addClient({ dir, name: 'ａlice' })).rejects.toMatchObject({
      code: 'NAME_INVALID',
    });
  } finally {
    await rm(dir, { recursive: true });
  }
});

it('PKI-019: a key that others may read is reported at the start, and not touched', async () => {
  const gate = await start({
    prepare: (certsDir) => chmod(join(certsDir, 'server-key.pem'), 0o644),
  });
  expect(await userOf(gate, gate.alice)).toBe('alice');
  const warnings = gate.log.all.filter(({ msg }) => String(msg).includes('others than its owner'));
  expect(warnings).toMatchObject([{ file: join(gate.certsDir, 'server-key.pem') }]);
  const quiet = await start();
  expect(quiet.log.all.some(({ msg }) => String(msg).includes('its owner'))).toBe(false);
});

it('PKI-020: setting the clock back undoes no revocation', async () => {
  let now = Date.now();
  const gate = await start({ now: () => now });
  await revoke(gate.certsDir, gate.ca, [gate.alice]);
  await gate.audit.next({ event: 'gate-reload', result: 'accepted' });
  now -= 5 * 365 * 24 * HOUR_MS;
  await expectTurnedAway(gate, gate.alice, /revoked/);
});
