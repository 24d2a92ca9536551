import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startGateFor, useGate } from '../../support/gate.ts';
import { scrape, seriesOf, WATCHED, watch } from '../../support/monitor.ts';
import { ATTACH, openTunnel } from '../../support/raw/hijack-client.ts';

const start = useGate();
const startWatched = async (options: Parameters<typeof start>[0] = {}) => {
  const gate = await start({ ...WATCHED, ...options });
  gate.daemon.on('GET /_ping', (call) => call.json(200, 'OK'));
  gate.daemon.on('GET /containers/json', (call) => call.json(200, []));
  gate.daemon.on('GET /info', (call) => call.json(200, { CgroupDriver: 'cgroupfs' }));
  return gate;
};

it('is not there unless it is asked for', async (context) => {
  const { gate } = await startGateFor(context);
  expect(gate.metrics).toBeUndefined();
});

it('says that it lives, whatever the daemon does', async () => {
  const gate = await startWatched();
  await gate.daemon.stop();
  const { status, body } = await watch(gate, '/healthz');
  expect([status, body.toString()]).toEqual([200, 'ok\n']);
});

describe('readiness', () => {
  const readiness = async (gate: Awaited<ReturnType<typeof start>>) => {
    const { status, body } = await watch(gate, '/readyz');
    return { status, ...(JSON.parse(body.toString()) as object) };
  };

  it('is 200 where certificates, trail and daemon are well', async () => {
    const gate = await startWatched();
    const ok = { ok: true };
    expect(await readiness(gate)).toEqual({
      status: 200,
      ready: true,
      checks: { gate: ok, certificates: ok, audit: ok, daemon: ok },
    });
  });

  it('is 503 where the daemon is gone, and names no path', async () => {
    const gate = await startWatched();
    await gate.daemon.stop();
    const said = await readiness(gate);
    expect(said).toMatchObject({
      status: 503,
      ready: false,
      checks: { daemon: { ok: false }, audit: { ok: true } },
    });
    expect(JSON.stringify(said)).not.toContain(gate.daemon.socketPath);
  });

  it('is 503 where the trail cannot be written', async () => {
    const gate = await startWatched();
    rmSync(gate.auditLog);
    mkdirSync(gate.auditLog);
    const client = await gate.connect();
    await client.call('GET', '/_ping');
    const refused = await client.call('POST', '/containers/x/kill');
    expect(refused.status).toBe(503);
    expect(await readiness(gate)).toMatchObject({
      status: 503,
      checks: { audit: { ok: false, reason: 'the audit log cannot be written: EISDIR' } },
    });
    const text = await scrape(gate);
    expect(seriesOf(text, 'dockgate_audit_writable')).toBe(0);
    expect(seriesOf(text, 'dockgate_audit_failures_total')).toBeGreaterThan(0);
    expect(seriesOf(text, 'dockgate_audit_lost_lines_total')).toBeGreaterThan(0);
  });

  it('is 503 where the server certificate has ended', async () => {
    let now = Date.now();
    const gate = await startWatched({ now: () => now });
    now += 20 * 365 * 86_400_000;
    expect(await readiness(gate)).toMatchObject({
      status: 503,
      checks: { certificates: { ok: false, reason: 'the server certificate has expired' } },
    });
  });
});

describe('the trail', () => {
  it('has no line of a page that was served, and one of each that was refused', async () => {
    const gate = await startWatched();
    for (const page of ['/healthz', '/readyz', '/metrics']) {
      expect((await watch(gate, page)).status).toBe(200);
    }
    expect((await watch(gate, '/metrics', { method: 'POST' })).status).toBe(403);
    const line = await gate.audit.next({ event: 'call' });
    expect(line).toMatchObject({
      ...{ user: 'monitor', ca: 'loopback', method: 'POST', path: '/metrics', status: 403 },
    });
    expect(gate.audit.having({ event: 'call' })).toHaveLength(1);
  });
});

describe('the metrics', () => {
  it('count calls by action, decision and class of status, and their bytes', async () => {
    const gate = await startWatched();
    gate.daemon.on('POST /containers/x/start', (call) => call.json(404, { message: 'none' }));
    const client = await gate.connect();
    for (let turn = 0; turn < 3; turn += 1) await client.call('GET', '/v1.41/_ping');
    await client.call('POST', '/containers/x/start');
    await client.call('GET', '/a%00b');
    await gate.audit.next({ event: 'call', status: 400 });

    const text = await scrape(gate);
    const calls = (labels: string) => seriesOf(text, `dockgate_calls_total{${labels}}`);
    expect(calls('action="system.ping",decision="none",status="2xx"')).toBe(3);
    expect(calls('action="container.start",decision="none",status="4xx"')).toBe(1);
    expect(calls('action="unread",decision="none",status="4xx"')).toBe(1);
    expect(seriesOf(text, 'dockgate_bytes_total{direction="out"}')).toBeGreaterThan(10);
    const seconds = (part: string, effect: string) =>
      seriesOf(text, `dockgate_call_duration_seconds_count{part="${part}",effect="${effect}"}`);
    expect(seconds('gate', 'meta')).toBe(3);
    expect(seconds('daemon', 'meta')).toBe(3);
    expect(seconds('gate', 'unread')).toBe(1);
    expect(seconds('daemon', 'unread')).toBeUndefined();
  });

  it('tell what the policy decided', async () => {
    const policy = 'users: [{ user: alice, roles: [viewer] }]';
    const gate = await startWatched({ policy });
    const client = await gate.connect();
    expect((await client.call('GET', '/_ping')).status).toBe(200);
    expect((await client.call('POST', '/containers/x/kill')).status).toBe(403);
    await gate.audit.next({ event: 'call', status: 403 });
    const text = await scrape(gate);
    const calls = (labels: string) => seriesOf(text, `dockgate_calls_total{${labels}}`);
    expect(calls('action="system.ping",decision="allow",status="2xx"')).toBe(1);
    expect(calls('action="container.kill",decision="deny",status="4xx"')).toBe(1);
    expect(text).toMatch(/^dockgate_policy_info\{version="[0-9a-f]{12}"\} 1$/m);
  });

  it('count as the part of the daemon what it takes to answer', async () => {
    const gate = await startWatched();
    const client = await gate.connect();
    const answered = client.call('GET', '/version');
    const call = await gate.daemon.nextCall('GET /version');
    const before = performance.now();
    while (performance.now() - before < 50) await new Promise((resolve) => setImmediate(resolve));
    await call.json(200, {});
    await answered;
    await gate.audit.next({ event: 'call' });
    const text = await scrape(gate);
    const sum = (part: string) =>
      seriesOf(text, `dockgate_call_duration_seconds_sum{part="${part}",effect="read"}`);
    expect(sum('daemon')).toBeGreaterThan(0.05);
    expect(sum('gate')).toBeGreaterThan(0);
  });

  it('count streams while they last, and connections while they are open', async () => {
    const gate = await startWatched();
    const client = await gate.connect();
    const { container } = await openTunnel(client, gate.daemon, ATTACH);
    const open = await scrape(gate);
    expect(seriesOf(open, 'dockgate_streams_open{kind="hijack-tcp"}')).toBe(1);
    expect(seriesOf(open, 'dockgate_connections_open{listener="gate",peer="identified"}')).toBe(1);
    expect(seriesOf(open, 'dockgate_calls_open')).toBe(2);
    client.end();
    await container.readAll();
    container.end();
    await gate.audit.next({ event: 'call' });
    const over = await scrape(gate);
    expect(seriesOf(over, 'dockgate_streams_open{kind="hijack-tcp"}')).toBe(0);
    expect(seriesOf(over, 'dockgate_calls_open')).toBe(1);
  });

  it('count handshakes by outcome, and show when each certificate ends', async () => {
    const gate = await startWatched();
    await gate.connect();
    const stranger = await gate.connect({ leaf: undefined });
    await stranger.call('GET', '/_ping');
    const text = await scrape(gate);
    expect(seriesOf(text, 'dockgate_handshakes_total{outcome="accepted"}')).toBe(1);
    expect(seriesOf(text, 'dockgate_handshakes_total{outcome="refused"}')).toBe(1);
    const fingerprint = gate.alice.fingerprint.replaceAll(':', '').toLowerCase().slice(0, 16);
    const expiry = (labels: string) =>
      seriesOf(text, `dockgate_certificate_expiry_timestamp_seconds{${labels}}`);
    expect(expiry(`kind="client",user="alice",fingerprint="${fingerprint}"`)).toBeGreaterThan(
      Date.now() / 1000,
    );
    expect(text).toMatch(/kind="server",user="",fingerprint="[0-9a-f]{16}"\} \d+$/m);
    expect(text).toMatch(/kind="ca",user="",fingerprint="[0-9a-f]{16}"\} \d+$/m);
  });

  it('count reloads by what and result', async () => {
    const gate = await startWatched({ policy: 'users: []' });
    rmSync(gate.policyFile);
    await gate.gate.reload('test');
    const text = await scrape(gate);
    expect(seriesOf(text, 'dockgate_reloads_total{what="policy",result="refused"}')).toBe(1);
    expect(seriesOf(text, 'dockgate_reloads_total{what="certificates",result="accepted"}')).toBe(1);
  });

  it('say whether the daemon is up', async () => {
    const gate = await startWatched();
    expect(seriesOf(await scrape(gate), 'dockgate_daemon_up')).toBe(1);
  });

  it('show event-loop lag, memory and CPU of the process', async () => {
    const text = await scrape(await startWatched());
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_cpu_seconds_total']) {
      expect(seriesOf(text, name)).toBeGreaterThanOrEqual(0);
    }
  });
});
