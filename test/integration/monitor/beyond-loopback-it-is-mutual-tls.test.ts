import { describe, expect, it } from 'vitest';
import { examineHealth } from '../../../src/doctor/health.ts';
import { useGate, type GateOptions, type TestGate } from '../../support/gate.ts';
import { monitorPort, WATCHED } from '../../support/monitor.ts';
import { connectPlain, type ClientOptions } from '../../support/raw-client.ts';
import { revoke } from '../../support/revocation.ts';

const start = useGate();

/** As for an address that is not on loopback, which this machine may not have. */
const startWatched = async (options: GateOptions = {}): Promise<TestGate> => {
  const gate = await start({
    metrics: { host: '127.0.0.1', port: 0, plain: false },
    ...options,
  });
  gate.daemon.on(
    () => true,
    (call) => call.json(200, []),
  );
  return gate;
};

const connect = (gate: TestGate, options: Partial<ClientOptions> = {}) =>
  gate.connect({ port: monitorPort(gate), ...options });

const PATHS = ['/healthz', '/readyz', '/metrics', '/engine/info'];

it('serves users by certificate, and writes down who looked at the daemon', async () => {
  const gate = await startWatched();
  const client = await connect(gate);
  for (const path of PATHS) expect((await client.call('GET', path)).status).toBe(200);
  expect(await gate.audit.next({ event: 'call' })).toMatchObject({
    ...{ user: 'alice', serial: gate.alice.serial, action: 'system.info', path: '/info' },
  });
});

it('tells a stranger the fixed 403, and writes a line', async () => {
  const gate = await startWatched();
  const stranger = await connect(gate, { leaf: undefined });
  const { status, body } = await stranger.call('GET', '/healthz');
  expect([status, body.toString()]).toEqual([403, expect.stringContaining('access refused')]);
  await gate.audit.next({ event: 'peer-refused' });
});

it('speaks no plaintext', async () => {
  const gate = await startWatched();
  const socket = await connectPlain(monitorPort(gate));
  const chunks: Buffer[] = [];
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.once('end', () => socket.destroy());
  socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await ended;
  expect(Buffer.concat(chunks).toString('latin1')).not.toContain('dockgate_');
});

it('ends the connection of a certificate that is revoked, and lets it in no more', async () => {
  const gate = await startWatched();
  const client = await connect(gate);
  expect((await client.call('GET', '/healthz')).status).toBe(200);
  await revoke(gate.certsDir, gate.ca, [gate.alice]);
  await client.ending;
  const again = await connect(gate);
  expect((await again.call('GET', '/healthz')).status).toBe(403);
});

it('refuses pages of other sites, whose visitors have a certificate in their browser', async () => {
  const gate = await startWatched();
  const client = await connect(gate);
  const { status } = await client.call('GET', '/metrics', {
    headers: [['Sec-Fetch-Site', 'cross-site']],
  });
  expect(status).toBe(403);
});

describe('with a policy', () => {
  const entry = (roles: string, more = '') =>
    `users: [{ user: alice, roles: [${roles}] }]\n${more}`;

  it.each([
    ['monitor', { '/healthz': 200, '/readyz': 200, '/metrics': 200, '/engine/info': 200 }],
    ['viewer', { '/healthz': 200, '/readyz': 200, '/metrics': 403, '/engine/info': 200 }],
    ['scraper', { '/healthz': 403, '/readyz': 403, '/metrics': 200, '/engine/info': 403 }],
  ])('a user with the role %s may see what it allows', async (role, expected) => {
    const roles = 'roles: { scraper: { allow: [gate.metrics] } }';
    const gate = await startWatched({ policy: entry(role, roles) });
    const statuses: Record<string, number> = {};
    for (const path of PATHS) {
      const client = await connect(gate);
      statuses[path] = (await client.call('GET', path)).status;
    }
    expect(statuses).toEqual(expected);
  });

  it('a user without a role may see nothing, and there is a line that says so', async () => {
    const gate = await startWatched({ policy: 'users: []' });
    const client = await connect(gate);
    const { status, body } = await client.call('GET', '/metrics');
    expect([status, body.toString()]).toEqual([403, expect.stringContaining('gate.metrics')]);
    expect(await gate.audit.next({ event: 'call' })).toMatchObject({
      ...{ user: 'alice', action: 'gate.metrics', decision: 'deny', status: 403 },
    });
  });
});

describe('dockgate health', () => {
  const examine = ({ config, gate }: TestGate, plain: boolean) => {
    if (gate.metrics === undefined) throw new Error('not watched');
    return examineHealth({ ...config, metrics: { ...gate.metrics, plain } });
  };

  it.each([true, false])('asks there whether the gate is ready (plaintext: %s)', async (plain) => {
    const gate = await startWatched({ metrics: { host: '127.0.0.1', port: 0, plain } });
    expect(await examine(gate, plain)).toEqual([
      expect.objectContaining({ state: 'ok', found: 'ready' }),
    ]);
    await gate.daemon.stop();
    const [check] = await examine(gate, plain);
    expect(check).toMatchObject({ state: 'failed' });
    expect(check?.found).toMatch(/^503: daemon: the daemon/);
    expect(check?.fix).toContain('sudo systemctl start docker');
    await gate.gate.stop(0);
    expect((await examine(gate, plain))[0]).toMatchObject({ state: 'failed' });
  });

  it('says what mends a certificate that has expired', async () => {
    let now = Date.now();
    const gate = await startWatched({ ...WATCHED, now: () => now });
    gate.daemon.on('GET /_ping', (call) => call.json(200, 'OK'));
    now += 50 * 365 * 86_400_000;
    const [expired] = await examine(gate, true);
    expect(expired?.found).toMatch(/^503: certificates: the server certificate has expired/);
    expect(expired?.fix).toContain('dockgate server renew');
  });

  it('takes a refusal by the policy for a sign of life, and asks the daemon itself', async () => {
    const gate = await startWatched({ policy: 'users: []' });
    gate.daemon.on('GET /_ping', (call) => call.json(200, 'OK'));
    expect((await examine(gate, false)).map(({ state }) => state)).toEqual(['ok', 'ok']);
    await gate.daemon.stop();
    expect((await examine(gate, false)).map(({ state }) => state)).toEqual(['ok', 'failed']);
  });
});

it('goes on saying how the gate is while it stops, and ends the streams of the view with it', async () => {
  const gate = await start({ metrics: { host: '127.0.0.1', port: 0, plain: false } });
  const slow = await gate.connect();
  await slow.send('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
  const call = await gate.daemon.nextCall('GET /info');
  const stream = await connect(gate);
  await stream.send('GET /engine/events HTTP/1.1\r\nHost: d\r\n\r\n');
  await (await gate.daemon.nextCall('GET /events')).start('chunked');
  await stream.readHead();
  const watcher = await connect(gate);

  const stopped = gate.gate.stop();
  gate.daemon.on('GET /_ping', (ping) => ping.json(200, 'OK'));
  const { status, body } = await watcher.call('GET', '/readyz');
  expect([status, body.toString()]).toEqual([503, expect.stringContaining('"stopping"')]);
  expect((await watcher.call('GET', '/engine/info')).status).toBe(503);
  await call.json(200, {});
  expect((await slow.readAnswer()).status).toBe(200);
  await stopped;
  expect(gate.audit.having({ action: 'system.events', event: 'call' })).toEqual([
    expect.objectContaining({ end: 'gate-stopped' }),
  ]);
});
