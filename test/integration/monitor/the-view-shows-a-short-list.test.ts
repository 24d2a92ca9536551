import { describe, expect, it } from 'vitest';
import { useGate, type GateOptions } from '../../support/gate.ts';
import { connectMonitor, monitorRequest, WATCHED, watch } from '../../support/monitor.ts';

const start = useGate();
const startWatched = (options: GateOptions = {}) => start({ ...WATCHED, ...options });

const SHOWN = [
  ...['_ping', 'version', 'info', 'events?since=1&until=2', 'system/df', 'containers/json?all=1'],
  ...['containers/web-1/stats?stream=false', 'images/json', 'networks', 'volumes'],
];

describe('below /engine', () => {
  it('shows each path of the list, with and without a version, and writes it down', async () => {
    const { daemon, audit, ...gate } = await startWatched();
    daemon.on(
      () => true,
      (call) => call.json(200, { seen: call.target }),
    );
    for (const path of SHOWN.flatMap((path) => [`/${path}`, `/v1.41/${path}`])) {
      const { status, body } = await watch({ daemon, audit, ...gate }, `/engine${path}`);
      expect([path, status, JSON.parse(body.toString())]).toEqual([path, 200, { seen: path }]);
      expect(await audit.next({ event: 'call' })).toMatchObject({
        ...{ user: 'monitor', ca: 'loopback', status: 200, end: 'complete' },
        path: path.replace(/\?.*/, ''),
      });
    }
  });

  it.each([
    ['POST', '/engine/containers/create'],
    ['POST', '/engine/_ping'],
    ['HEAD', '/engine/_ping'],
    ['DELETE', '/engine/containers/web'],
    ['OPTIONS', '/engine/info'],
    ['PUT', '/engine/containers/web/archive?path=/'],
    ['GET', '/engine/containers/web/json'],
    ['GET', '/engine/containers/web/logs?stdout=1'],
    ['GET', '/engine/containers/web/archive?path=/'],
    ['GET', '/engine/containers/web/export'],
    ['GET', '/engine/containers/a/b/stats'],
    ['GET', '/engine/containers/web:x/stats'],
    ['GET', '/engine/containers/web%20x/stats'],
    ['GET', '/engine/images/busybox/json'],
    ['GET', '/engine/networks/bridge'],
    ['GET', '/engine/volumes/data'],
    ['GET', '/engine/secrets'],
    ['GET', '/engine/swarm/unlockkey'],
    ['GET', '/engine/debug/vars'],
    ['GET', '/engine'],
    ['GET', '/engine/'],
    ['GET', '/engine/engine/_ping'],
    ['GET', '/Engine/_ping'],
    ['GET', '/ENGINE/_ping'],
    ['GET', '/engine/_PING'],
    ['GET', '/engine/metrics'],
    ['GET', '/metrics/'],
    ['GET', '/METRICS'],
    ['GET', '/'],
    ['GET', '/containers/json'],
    ['GET', '/v1.41/engine/_ping'],
    ['POST', '/healthz'],
  ])('refuses everything else with 403 and a line: %s %s', async (method, target) => {
    const gate = await startWatched();
    const { status } = await watch(gate, target, { method });
    expect(status).toBe(403);
    expect(await gate.audit.next({ event: 'call' })).toMatchObject({
      ...{ user: 'monitor', method, status: 403, end: 'refused' },
    });
    expect(gate.daemon.connections.all).toHaveLength(0);
  });

  it('says 502 where the daemon is gone, and 503 to nobody but a stopping gate', async () => {
    const gate = await startWatched();
    await gate.daemon.stop();
    const { status, body } = await watch(gate, '/engine/info');
    expect(status).toBe(502);
    expect(body.toString()).toContain('cannot reach the Docker daemon');
  });

  it('serves nothing while the trail cannot be written', async () => {
    const gate = await startWatched({ auditLog: '/dev/full' });
    const { status } = await watch(gate, '/engine/containers/json');
    expect(status).toBe(503);
    expect(gate.daemon.connections.all).toHaveLength(0);
  });

  it('sends the daemon nothing of the client but target, agent and accepted types', async () => {
    const gate = await startWatched();
    gate.daemon.on('GET /info', (call) => call.json(200, {}));
    const headers = [
      ...([
        ['X-Registry-Auth', 'secret'],
        ['Cookie', 'a=b'],
        ['X-Forwarded-For', 'x'],
      ] as const),
      ...([
        ['User-Agent', 'dash'],
        ['Accept', 'application/json'],
      ] as const),
    ];
    await watch(gate, '/engine/info?x=%2F%2fa', { headers });
    const [call] = gate.daemon.calls.all;
    expect(call?.rawHeaders.map(([name, value]) => [name.toLowerCase(), value])).toEqual(
      expect.arrayContaining([['user-agent', 'dash']]),
    );
    expect(call?.headBytes.toString()).not.toMatch(/secret|cookie|forwarded/i);
  });
});

describe('with a policy', () => {
  const policy = (roles: string, more = '') =>
    `users: [{ user: monitor, roles: [${roles}] }]\nroles:\n  few:\n    allow:\n      - actions: [container.list]\n        containers: { names: [web-*] }\n${more}`;

  it('the view is for users with a role, and monitor is one', async () => {
    const gate = await startWatched({ policy: policy('monitor') });
    gate.daemon.on(
      () => true,
      (call) => call.json(200, []),
    );
    for (const path of SHOWN.filter((path) => !/^(?:networks|volumes)/.test(path))) {
      expect([path, (await watch(gate, `/engine/${path}`)).status]).toEqual([path, 200]);
    }
    expect(await gate.audit.next({ action: 'system.info' })).toMatchObject({
      ...{ user: 'monitor', role: 'monitor', decision: 'allow' },
    });
  });

  it('the view is closed without a role; the pages on loopback are not', async () => {
    const gate = await startWatched({ policy: 'users: []' });
    const { status, body } = await watch(gate, '/engine/info');
    expect(status).toBe(403);
    expect(body.toString()).toContain('refused by policy');
    expect((await watch(gate, '/healthz')).status).toBe(200);
    expect((await watch(gate, '/metrics')).status).toBe(200);
  });

  it('lists are narrowed to what the role may see', async () => {
    const gate = await startWatched({ policy: policy('few') });
    gate.daemon.on('GET /containers/json', (call) => call.json(200, []));
    expect((await watch(gate, '/engine/containers/json')).status).toBe(200);
    const [call] = gate.daemon.calls.all;
    expect(decodeURIComponent(call?.target ?? '')).toBe(
      '/containers/json?filters={"name":{"^/?web-.*$":true}}',
    );
  });
});

it('serves several requests on one connection, in order', async () => {
  const gate = await startWatched();
  gate.daemon.on(
    () => true,
    (call) => call.json(200, call.target),
  );
  const client = await connectMonitor(gate);
  const targets = ['/engine/info', '/healthz', '/engine/version'];
  await client.send(targets.map((target) => monitorRequest('GET', target)).join(''));
  for (const body of ['"/info"', 'ok', '"/version"']) {
    expect((await client.readAnswer()).body.toString().trim()).toBe(body);
  }
});
