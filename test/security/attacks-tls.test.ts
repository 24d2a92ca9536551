import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { run } from '../support/e2e/child.ts';
import { ByteSource } from '../support/fake/byte-source.ts';
import { within } from '../support/fake/within.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { connectPlain, type RawClient } from '../support/raw-client.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';
import {
  answerAll,
  exchange,
  expectAlive,
  expectRefused,
  HANG_MS,
  head,
  linesOf,
  refusalIn,
} from '../support/security/attack.ts';
import { revoke } from '../support/revocation.ts';
import { HOUR_MS } from '../support/throwaway-ca.ts';

const start = useGate();

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
const PING = head('GET /_ping HTTP/1.1', 'Host: d');

/** What a plain TCP peer gets for its bytes until the gate ends the connection. */
async function plainAnswer({ port }: TestGate, bytes: Buffer | string): Promise<Buffer> {
  const socket = await connectPlain(port);
  const source = new ByteSource(socket);
  socket.write(bytes);
  const answer = await within(HANG_MS, source.readAll());
  socket.destroy();
  return answer;
}

/** Whatever a connection left that could be resumed. */
function sessionsOf(client: RawClient): Buffer[] {
  const own = client.socket.getSession();
  return own === undefined ? client.sessions : [...client.sessions, own];
}

it('TLS-001: plain HTTP on the TLS port gets no HTTP back and is not logged without end', async () => {
  const gate = await start();
  for (let turn = 0; turn < 40; turn += 1) {
    expect((await plainAnswer(gate, PING)).toString('latin1')).not.toContain('HTTP/1.');
  }
  await expectAlive(gate);

  const refused = gate.audit.having({ event: 'peer-refused' });
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(20);
  expect(gate.daemon.calls.all).toHaveLength(1);
});

it.each(VERSIONS)(
  'TLS-002: a peer without a certificate is told so by one fixed 403, and nothing it sends is parsed: %s',
  async (tls) => {
    const gate = await start();
    const asked = await exchange(gate, PING, { leaf: undefined, tls });
    const babbled = await exchange(gate, 'POST \0 HTTP/9.9\n\n', { leaf: undefined, tls });

    expect(asked.answer.status).toBe(403);
    expect(refusalIn(asked.answer)).toMatch(/no client certificate/);
    expect(babbled.answer).toEqual(asked.answer);
    expect(gate.daemon.connections.all).toHaveLength(0);
    expect(gate.audit.having({ event: 'call' })).toEqual([]);
    expect(gate.audit.having({ event: 'peer-refused' })).toHaveLength(2);
  },
);

describe('TLS-003', () => {
  it.each(['TLSv1', 'TLSv1.1'] as const)(
    'TLS-003: a client that speaks %s at most is refused with a protocol_version alert',
    async (version) => {
      const gate = await start();
      const more = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
      await expect(gate.connect({ more })).rejects.toThrow(/protocol.version/i);
      await expectAlive(gate);
    },
  );

  it('TLS-003: an SSLv3 ClientHello is answered with a fatal alert or not at all', async () => {
    const gate = await start();
    const random = Buffer.alloc(32, 7);
    const body = Buffer.concat([Buffer.of(3, 0), random, Buffer.of(0, 0, 2, 0, 0x35, 1, 0)]);
    const hello = Buffer.concat([
      Buffer.of(0x16, 3, 0, 0, body.length + 4, 1, 0, 0, body.length),
      body,
    ]);
    const answer = await plainAnswer(gate, hello);

    expect([0, 0x15]).toContain(answer.length === 0 ? 0 : answer[0]);
    expect(answer.length === 0 || answer[5] === 2).toBe(true);
    await expectAlive(gate);
  });
});

it('TLS-004: a client that offers no ALPN is served HTTP/1.1', async () => {
  const gate = await start();
  answerAll(gate);
  const { client, answer } = await exchange(gate, PING);
  expect(client.socket.alpnProtocol).toBe(false);
  expect(answer).toMatchObject({ version: 'HTTP/1.1', status: 200 });
});

it('TLS-005: a client that offers h2 alone is refused with no_application_protocol', async () => {
  const gate = await start();
  await expect(gate.connect({ alpn: ['h2'] })).rejects.toThrow(/no.application.protocol/i);
  await expectAlive(gate);
});

it('TLS-006: an HTTP/2 preface behind the handshake is answered 400 and never copied to the daemon', async () => {
  const gate = await start();
  const settings = '\0\0\0\x04\0\0\0\0\0';
  await expectRefused(gate, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}`);
  // Nor behind a call that is served.
  answerAll(gate);
  const { client } = await exchange(gate, `${PING}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}`);
  expect((await client.readAnswer()).status).toBe(400);
  expect(gate.daemon.calls.all.map(({ target }) => target)).toEqual(['/_ping']);
  expect(gate.daemon.malformed).toEqual([]);
});

it('TLS-007: early data of a resumed session reaches nobody', async () => {
  const gate = await start();
  answerAll(gate);
  const dir = await mkdtemp(join(tmpdir(), 'dockgate-early-'));
  const client = (...args: readonly string[]) =>
    run('openssl', ['s_client', '-tls1_3', '-connect', `127.0.0.1:${gate.port}`, ...args], {
      cwd: dir,
      stdin: { text: head('GET /_ping HTTP/1.1', 'Host: d', 'Connection: close') },
    });
  try {
    await writeFile(join(dir, 'ca.pem'), gate.ca.cert);
    await writeFile(join(dir, 'leaf.pem'), `${gate.alice.cert}${gate.alice.key}`);
    await writeFile(join(dir, 'early'), head('POST /containers/early/kill HTTP/1.1', 'Host: d'));
    const known = ['-CAfile', 'ca.pem', '-cert', 'leaf.pem', '-ign_eof'];
    await client(...known, '-sess_out', 'session');
    const again = await client(...known, '-sess_in', 'session', '-early_data', 'early');

    expect(again.stdout.toString()).toMatch(/^New, TLSv1\.3/m);
    expect(again.stdout.toString()).not.toMatch(/Early data was accepted/);
    expect(gate.daemon.calls.all.map(({ target }) => target)).toEqual(['/_ping', '/_ping']);
  } finally {
    await rm(dir, { recursive: true });
  }
});

it('TLS-008: a client that asks for renegotiation again and again never gets one', async () => {
  const gate = await start();
  for (let turn = 0; turn < 5; turn += 1) {
    const client = await gate.connect({ tls: 'TLSv1.2' });
    const outcome = new Promise<string>((resolve) => {
      client.socket.renegotiate({}, (error) => {
        resolve(error === null ? 'carried out' : 'refused');
      });
      void client.ending.then(() => {
        resolve('refused');
      });
    });
    expect(await within(HANG_MS, outcome)).toBe('refused');
  }
  await expectAlive(gate);
});

it.each(VERSIONS)(
  'TLS-009: a session that is offered again is a full handshake that shows the certificate: %s',
  async (tls) => {
    const gate = await start();
    answerAll(gate);
    const first = await exchange(gate, PING, { tls });
    const sessions = sessionsOf(first.client);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions) {
      const again = await exchange(gate, PING, { tls, session });
      expect(again.client.socket.isSessionReused()).toBe(false);
      expect(again.answer.status).toBe(200);
      const without = await exchange(gate, PING, { tls, session, leaf: undefined });
      expect(without.client.socket.isSessionReused()).toBe(false);
      expect(without.answer.status).toBe(403);
    }
  },
);

it.each(VERSIONS)(
  'TLS-009: a session from before a revocation gets nobody in after it: %s',
  async (tls) => {
    const gate = await start();
    answerAll(gate);
    const first = await exchange(gate, PING, { tls });
    expect(first.answer.status).toBe(200);
    await revoke(gate.certsDir, gate.ca, [gate.alice]);
    await within(HANG_MS, first.client.ending);
    for (const session of sessionsOf(first.client)) {
      const { client, answer } = await exchange(gate, PING, { tls, session });
      expect(client.socket.isSessionReused()).toBe(false);
      expect(answer.status).toBe(403);
      expect(refusalIn(answer)).toMatch(/revoked/);
    }
    expect(gate.daemon.calls.all).toHaveLength(1);
  },
);

it.each(VERSIONS)(
  'TLS-010: a session from before notAfter gets nobody in after it: %s',
  async (tls) => {
    let now = Date.now();
    const gate = await start({ now: () => now });
    answerAll(gate);
    const leaf = await gate.ca.client('alice', { notAfter: new Date(now + HOUR_MS) });
    const first = await exchange(gate, PING, { tls, leaf });
    expect(first.answer.status).toBe(200);

    now += HOUR_MS + 1000;
    const sessions = sessionsOf(first.client);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions) {
      const { client, answer } = await exchange(gate, PING, { tls, leaf, session });
      expect(client.socket.isSessionReused()).toBe(false);
      expect(answer.status).toBe(403);
      expect(refusalIn(answer)).toMatch(/expired/);
    }
    expect(gate.daemon.calls.all).toHaveLength(1);
  },
);

it('TLS-011: a connection that outlives its certificate serves no further call, and says so', async () => {
  let now = Date.now();
  const gate = await start({ now: () => now });
  answerAll(gate);
  const leaf = await gate.ca.client('alice', { notAfter: new Date(now + HOUR_MS) });
  const { client } = await exchange(gate, PING, { leaf });
  now += HOUR_MS + 1000;

  const answer = await client.call('GET', '/_ping');
  expect(answer.status).toBe(403);
  expect(refusalIn(answer)).toMatch(/expired/);
  client.end();
  expect((await client.source.readAll()).length).toBe(0);
  expect(linesOf(gate, client).map((line) => line['status'])).toEqual([200, 403]);
  expect(gate.daemon.calls.all).toHaveLength(1);
});

it('TLS-011: a revocation cuts a silent connection and a shell, and leaves a record of it', async () => {
  const gate = await start();
  const [silent, shell] = [await gate.connect(), await gate.connect()];
  await openTunnel(shell, gate.daemon);
  await revoke(gate.certsDir, gate.ca, [gate.alice]);
  await within(HANG_MS, Promise.all([silent.ending, shell.ending]));

  const reason = 'certificate revoked (keyCompromise)';
  const line = await gate.audit.next({ event: 'call' });
  expect(line).toMatchObject({ status: 101, end: 'certificate-ended', reason });
  const cut = gate.audit.having({ event: 'connection-cut', user: 'alice', reason });
  expect(cut).toHaveLength(2);
});

it.each(VERSIONS)(
  'TLS-012: a chain of a hundred certificates of 64 KB is not read to its end: %s',
  async (tls) => {
    const gate = await start();
    const sans = Array.from({ length: 2_500 }, (_, at) => `host-${at}.long-name.example`);
    const fat = await gate.ca.issue({ subject: [{ type: 'CN', value: 'alice' }], sans });
    expect(fat.certificate.raw.length).toBeGreaterThan(64_000);
    const leaf = { cert: `${gate.alice.cert}${fat.cert.repeat(100)}`, key: gate.alice.key };
    const attempt = async (): Promise<string> => {
      const client = await gate.connect({ leaf, tls });
      await client.send(PING);
      return (await client.source.readAll()).toString('latin1');
    };

    // Under TLS 1.3 the client believes in the handshake until the alert comes.
    expect(
      await within(
        HANG_MS,
        attempt().catch(() => ''),
      ),
    ).toBe('');
    expect(gate.daemon.connections.all).toHaveLength(0);
    expect(await gate.audit.next({ event: 'peer-refused' })).toMatchObject({
      reason: expect.stringContaining('TLS handshake failed') as string,
    });
    await expectAlive(gate);
  },
);

describe('TLS-013', () => {
  /** The certificate is checked for the address that was dialled, whatever name was asked for. */
  const forDialled: typeof checkServerIdentity = (_, certificate) =>
    checkServerIdentity('127.0.0.1', certificate);

  it.each(['evil.example', 'bob', 'localhost', undefined])(
    'TLS-013: the server name %s makes nobody of anyone: the user is the certificate’s',
    async (servername) => {
      const gate = await start();
      answerAll(gate);
      const more = { checkServerIdentity: forDialled, ...(servername && { servername }) };
      const known = await exchange(gate, PING, { more });
      expect(known.answer.status).toBe(200);
      expect(linesOf(gate, known.client)).toMatchObject([{ user: 'alice' }]);
      const unknown = await exchange(gate, PING, { more, leaf: undefined });
      expect(unknown.answer.status).toBe(403);
    },
  );
});

it.each(VERSIONS)(
  'TLS-014: a client that half-closes at once still gets all the output of its container: %s',
  async (tls) => {
    const gate = await start();
    const client = await gate.connect({ tls });
    const { container } = await openTunnel(client, gate.daemon);
    client.end();
    await container.inputEnded;
    const output = Buffer.alloc(200_000, 0x61);
    await container.write(output);
    container.end();
    expect((await within(HANG_MS, client.source.readAll())).equals(output)).toBe(true);
    expect(await client.ending).toBe('end');
  },
);
