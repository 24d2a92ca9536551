import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useGate, type TestGate } from '../support/gate.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';
import { replaceFile } from '../support/revocation.ts';
import { createThrowawayCa, type Issued } from '../support/throwaway-ca.ts';

const start = useGate();

/** The fingerprint of the certificate that a new connection is shown. */
async function shownBy({ connect }: TestGate): Promise<string | undefined> {
  const client = await connect();
  return client.socket.getPeerX509Certificate()?.fingerprint256;
}

async function replacePair({ certsDir }: TestGate, { cert, key }: Issued): Promise<void> {
  await replaceFile(join(certsDir, 'server-key.pem'), key);
  await replaceFile(join(certsDir, 'server-cert.pem'), cert);
}

const reloaded = ({ audit }: TestGate, result = 'accepted') =>
  audit.next({ event: 'gate-reload', result });

it('shows a new server certificate to new connections, and leaves a running stream alone', async () => {
  const gate = await start();
  const client = await gate.connect();
  const { container } = await openTunnel(client, gate.daemon);
  const renewed = await gate.ca.server();
  await replacePair(gate, renewed);
  await reloaded(gate);

  expect(await shownBy(gate)).toBe(renewed.fingerprint);
  await container.write('untouched');
  expect((await client.source.readExactly(9)).toString()).toBe('untouched');
  expect(gate.log.having({ msg: 'reloaded certificates and revocation lists' })).toHaveLength(1);
});

it('keeps the pair before where the new key is another’s, says so, and mends itself', async () => {
  const gate = await start();
  const before = await shownBy(gate);
  const [one, other] = [await gate.ca.server(), await gate.ca.server()];
  await replacePair(gate, { ...one, key: other.key });
  expect((await reloaded(gate, 'refused'))['reason']).toMatch(/does not belong/);
  expect(await shownBy(gate)).toBe(before);
  // Once at each look: between the two files there may have been one.
  const looks = gate.audit.having({ event: 'gate-reload', result: 'refused' });
  expect(gate.log.all.filter((line) => line['level'] === 50)).toHaveLength(looks.length);

  await replaceFile(join(gate.certsDir, 'server-key.pem'), one.key);
  await reloaded(gate);
  expect(await shownBy(gate)).toBe(one.fingerprint);
});

it('survives a file that is written in place, in pieces', async () => {
  const gate = await start();
  const renewed = await gate.ca.server();
  const path = join(gate.certsDir, 'server-cert.pem');
  await truncate(path, 0);
  await reloaded(gate, 'refused');
  await writeFile(path, renewed.cert.slice(0, 200));
  await reloaded(gate, 'refused');
  await writeFile(path, renewed.cert);
  await reloaded(gate, 'refused');
  await writeFile(join(gate.certsDir, 'server-key.pem'), renewed.key);
  await reloaded(gate);
  expect(await shownBy(gate)).toBe(renewed.fingerprint);
});

it('follows a mount that is swapped as a whole by a symbolic link', async () => {
  const { prepare, swap } = mount();
  const gate = await start({ prepare });
  const renewed = await gate.ca.server();
  await swap(gate, renewed);
  await reloaded(gate);
  expect(await shownBy(gate)).toBe(renewed.fingerprint);
});

/** What Kubernetes does with secrets: names lead through `..data`, which is swapped. */
function mount() {
  const names = ['server-cert.pem', 'server-key.pem'];
  const prepare = async (certsDir: string): Promise<void> => {
    await mkdir(join(certsDir, '..1'));
    await symlink('..1', join(certsDir, '..data'));
    for (const name of names) {
      await rename(join(certsDir, name), join(certsDir, '..1', name));
      await symlink(join('..data', name), join(certsDir, name));
    }
  };
  const swap = async ({ certsDir }: TestGate, { cert, key }: Issued): Promise<void> => {
    await mkdir(join(certsDir, '..2'));
    await writeFile(join(certsDir, '..2', 'server-cert.pem'), cert);
    await writeFile(join(certsDir, '..2', 'server-key.pem'), key);
    await symlink('..2', join(certsDir, '..data_tmp'));
    await rename(join(certsDir, '..data_tmp'), join(certsDir, '..data'));
    await rm(join(certsDir, '..1'), { recursive: true });
  };
  return { prepare, swap };
}

describe('the CA bundle', () => {
  it('lets in clients of a CA that was added, and shuts out those of one that was dropped', async () => {
    const gate = await start();
    gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    const bundle = join(gate.certsDir, 'ca.pem');
    const next = await createThrowawayCa();
    const moved = await next.client('alice');
    const old = await gate.connect();
    await replaceFile(bundle, `${next.cert}${gate.ca.cert}`);
    await reloaded(gate);
    const fresh = await gate.connect({ leaf: moved });
    expect((await fresh.call('GET', '/_ping')).status).toBe(200);
    expect((await old.call('GET', '/_ping')).status).toBe(200);

    await replaceFile(bundle, next.cert);
    await reloaded(gate);
    await old.ending;
    expect((await fresh.call('GET', '/_ping')).status).toBe(200);
    const late = await gate.connect();
    expect((await late.call('GET', '/_ping')).status).toBe(403);
    expect(await gate.audit.next({ event: 'connection-cut' })).toMatchObject({
      reason: 'certificate no longer trusted',
      serial: gate.alice.serial,
    });
  });

  it('is kept where the new one is empty or holds something else', async () => {
    const gate = await start();
    gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    const bundle = join(gate.certsDir, 'ca.pem');
    for (const bad of [
      '',
      'not PEM',
      gate.alice.key,
      `${gate.ca.cert}-----BEGIN CERTIFICATE-----`,
    ]) {
      await replaceFile(bundle, bad);
      await reloaded(gate, 'refused');
      const client = await gate.connect();
      expect((await client.call('GET', '/_ping')).status).toBe(200);
    }
  });
});

describe('after a reload', () => {
  it('a client without a certificate, or with TLS 1.1, fares as before, and no session is resumed', async () => {
    const gate = await start();
    gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    await gate.gate.reload('a test');
    const anonymous = await gate.connect({ leaf: undefined });
    expect((await anonymous.call('GET', '/_ping')).status).toBe(403);
    const more = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(gate.connect({ more: more as object })).rejects.toThrow(/protocol.version/i);
    await expect(
      gate.connect({ tls: 'TLSv1.2', more: { ciphers: 'ECDHE-ECDSA-AES128-SHA' } }),
    ).rejects.toThrow(/handshake failure/i);
    for (const tls of ['TLSv1.2', 'TLSv1.3'] as const) {
      const first = await gate.connect({ tls });
      await first.call('GET', '/_ping');
      const own = first.socket.getSession();
      const session = first.sessions[0] ?? own;
      const again = await gate.connect({ tls, session, leaf: undefined });
      expect(again.socket.isSessionReused()).toBe(false);
      expect((await again.call('GET', '/_ping')).status).toBe(403);
    }
  });
});
