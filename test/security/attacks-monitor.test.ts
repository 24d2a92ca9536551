/** The listener from which the gate is watched, as others might use it: pages of other sites, smugglers, idlers. */
import { describe, expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { connectMonitor, monitorRequest, monitorPort, WATCHED, watch } from '../support/monitor.ts';
import { connectPlain } from '../support/raw-client.ts';

const start = useGate();

describe('pages of other sites', () => {
  const HOSTS = [
    ...['evil.example', 'evil.example:9376', '127.0.0.1.evil.example', 'localhost.evil.example'],
    ...['192.0.2.1', '[2001:db8::1]', '0.0.0.0', '2130706433', '127.1', '', 'localhost.'],
    ...['127.0.0.1@evil.example', 'localhost:99999999'],
  ];

  it.each(HOSTS)('are not read here by a name of theirs for loopback: Host "%s"', async (host) => {
    const gate = await start(WATCHED);
    for (const target of ['/metrics', '/healthz', '/engine/info']) {
      const { status } = await watch(gate, target, { host });
      expect([target, status >= 400 && status < 500]).toEqual([target, true]);
    }
    expect(gate.daemon.connections.all).toHaveLength(0);
    expect(gate.audit.having({ event: 'call', end: 'refused' })).toHaveLength(3);
  });

  it.each([
    '127.0.0.1',
    '127.0.0.1:9376',
    'localhost:9376',
    'LOCALHOST',
    '[::1]:9376',
    '127.9.9.9',
  ])('names of loopback are served: Host "%s"', async (host) => {
    const gate = await start(WATCHED);
    expect((await watch(gate, '/healthz', { host })).status).toBe(200);
  });

  it.each([
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
    ['Origin', 'http://127.0.0.1:8080'],
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Sec-Fetch-Site', ''],
  ])('may not send requests here: %s: %s', async (name, value) => {
    const gate = await start(WATCHED);
    for (const target of ['/metrics', '/engine/events']) {
      const { status } = await watch(gate, target, { headers: [[name, value]] });
      expect(status).toBe(403);
    }
    expect(gate.daemon.connections.all).toHaveLength(0);
  });

  it('get no header that would let them read an answer', async () => {
    const gate = await start(WATCHED);
    const { rawHeaders } = await watch(gate, '/healthz', {
      headers: [
        ['Origin', 'http://127.0.0.1'],
        ['Sec-Fetch-Site', 'same-origin'],
      ],
    });
    const names = rawHeaders.map(([name]) => name.toLowerCase());
    expect(names.filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(names).toContain('x-content-type-options');
  });
});

describe('a target that could be read in two ways', () => {
  it.each([
    '/engine/../engine/info',
    '/engine/%2e%2e/info',
    '/engine/./info',
    '/engine//info',
    '//engine/info',
    '/engine/containers//stats',
    '/engine/v1.41/../info',
    '/engine/containers/..%2f..%2finfo/stats',
    '/engine/containers/web/stats/../json',
    '/%65ngine/info',
    '/engine%2finfo',
    '/engine\\info',
    '/engine/containers/json#/stats',
    '/engine/info%00',
    'http://127.0.0.1/engine/info',
    'http:/engine/info',
    '*',
    '/engine/containers/json?all=1&all=0;x=%zz',
  ])('never reaches the daemon: %s', async (target) => {
    const gate = await start(WATCHED);
    const { status } = await watch(gate, target);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(gate.daemon.connections.all).toHaveLength(0);
  });
});

describe('framing and headers', () => {
  const refused = async (head: readonly string[], rest = '') => {
    const gate = await start(WATCHED);
    const client = await connectMonitor(gate);
    await client.send(`${head.join('\r\n')}\r\n\r\n${rest}`);
    const { status } = await client.readAnswer();
    expect(status).toBeGreaterThanOrEqual(400);
    await client.ending;
    expect(gate.daemon.calls.all).toHaveLength(0);
  };
  const GET = 'GET /engine/info HTTP/1.1';

  it.each([
    ['two Hosts', [GET, 'Host: 127.0.0.1', 'Host: evil.example']],
    ['no Host', [GET]],
    ['two lengths', [GET, 'Host: localhost', 'Content-Length: 0', 'Content-Length: 5']],
    [
      'length and chunks',
      [GET, 'Host: localhost', 'Content-Length: 5', 'Transfer-Encoding: chunked'],
    ],
    ['a folded header', [GET, 'Host: localhost', 'X: a', ' b']],
    ['a space before the colon', [GET, 'Host: localhost', 'Content-Length : 5']],
    ['Connection that names Host', [GET, 'Host: localhost', 'Connection: host']],
    ['a form', [GET, 'Host: localhost', 'Content-Type: application/x-www-form-urlencoded']],
    ['another protocol', ['GET /engine/info HTTP/2.0', 'Host: localhost']],
    ['CONNECT', ['CONNECT 127.0.0.1:2375 HTTP/1.1', 'Host: localhost']],
    [
      'an h2c upgrade',
      [
        GET,
        'Host: localhost',
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAAQAAP__',
      ],
    ],
  ])('that are in doubt are refused: %s', async (_, head) => {
    await refused(head);
  });

  it('a head over 64 KiB is refused', async () => {
    const gate = await start(WATCHED);
    const client = await connectMonitor(gate);
    await client.send(
      monitorRequest('GET', '/engine/info', { headers: [['X', 'a'.repeat(65_536)]] }),
    );
    expect((await client.readAnswer()).status).toBe(400);
    expect(gate.daemon.connections.all).toHaveLength(0);
  });

  it('what comes behind a refused request is not served', async () => {
    const gate = await start(WATCHED);
    const client = await connectMonitor(gate);
    await client.send(
      monitorRequest('GET', '/engine/info', { body: 'x' }) + monitorRequest('GET', '/engine/info'),
    );
    expect((await client.readAnswer()).status).toBe(400);
    await client.ending;
    expect(gate.daemon.connections.all).toHaveLength(0);
  });
});

it('more connections than it has room for are closed, and those that are open go on', async () => {
  const gate = await start(WATCHED);
  const first = await connectMonitor(gate);
  const healthz = async (): Promise<number> => {
    await first.send(monitorRequest('GET', '/healthz'));
    return (await first.readAnswer()).status;
  };
  expect(await healthz()).toBe(200);
  const idle = await Promise.all(
    Array.from({ length: 200 }, () => connectPlain(monitorPort(gate))),
  );
  try {
    await gate.audit.next({ event: 'peer-refused' });
    expect(await healthz()).toBe(200);
    // The gate's own listener is another one.
    const client = await gate.connect();
    gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    expect((await client.call('GET', '/_ping')).status).toBe(200);
  } finally {
    for (const socket of idle) socket.destroy();
  }
});

it('TLS spoken to the plain listener ends without a crash', async () => {
  const gate = await start(WATCHED);
  const socket = await connectPlain(monitorPort(gate));
  const ended = new Promise((resolve) => socket.once('end', resolve));
  socket.resume();
  socket.write(Buffer.from('16030100050100000100', 'hex'));
  await ended;
  socket.destroy();
  expect((await watch(gate, '/healthz')).status).toBe(200);
});
