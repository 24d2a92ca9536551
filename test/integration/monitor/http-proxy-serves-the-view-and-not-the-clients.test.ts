/**
 * Why http-proxy forwards the read-only view, and not the calls of clients (decision 0002). For each of its failures: that it
 * is still there, and that it does not bite below /engine. Where the first half fails, the decision can be looked at again.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type HttpProxy from 'http-proxy';
import { afterEach, describe, expect, it } from 'vitest';
import { startFakeDockerd, type FakeDockerd } from '../../support/fake-dockerd.ts';
import { useGate } from '../../support/gate.ts';
import { connectMonitor, monitorRequest, WATCHED } from '../../support/monitor.ts';
import { connectPlain } from '../../support/raw-client.ts';

const httpProxy = createRequire(import.meta.url)('http-proxy') as typeof HttpProxy;
const start = useGate();

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** http-proxy as its readme has it, with connections that are kept, in front of a daemon. */
async function startProxy(): Promise<{ daemon: FakeDockerd; port: number }> {
  const daemon = await startFakeDockerd();
  cleanups.push(() => daemon.dispose());
  const agent = new Agent({ keepAlive: true });
  cleanups.push(() => {
    agent.destroy();
  });
  const proxy = httpProxy.createProxyServer({
    agent,
    target: { socketPath: daemon.socketPath } as unknown as HttpProxy.ServerOptions['target'],
  });
  proxy.on('error', () => undefined);
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    proxy.web(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
    proxy.ws(request, socket, head);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { daemon, port: (server.address() as AddressInfo).port };
}

async function plain(port: number) {
  const socket = await connectPlain(port);
  cleanups.push(() => socket.destroy());
  return socket;
}

describe('an upgrade that is no GET for a websocket', () => {
  const attach = (target: string) =>
    monitorRequest('POST', target, {
      headers: [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'tcp'],
      ],
    });

  it('is destroyed by http-proxy without an answer, though attach and exec are such', async () => {
    const { daemon, port } = await startProxy();
    const socket = await plain(port);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('end', () => socket.destroy());
    socket.write(attach('/containers/x/attach?stream=1'));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(Buffer.concat(chunks)).toHaveLength(0);
    expect(daemon.calls.all).toHaveLength(0);
  });

  it('is refused below /engine, where nothing is upgraded', async () => {
    const gate = await start(WATCHED);
    const client = await connectMonitor(gate);
    await client.send(attach('/engine/containers/x/attach?stream=1'));
    expect((await client.readAnswer('POST')).status).toBe(403);
    const websocket = await connectMonitor(gate);
    await websocket.send(
      monitorRequest('GET', '/engine/events', {
        headers: [
          ['Connection', 'Upgrade'],
          ['Upgrade', 'websocket'],
          ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
          ['Sec-WebSocket-Version', '13'],
        ],
      }),
    );
    expect((await websocket.readAnswer()).status).toBe(400);
    expect(gate.daemon.connections.all).toHaveLength(0);
  });
});

describe.each(['DELETE', 'OPTIONS'])('a chunked body on %s', (method) => {
  const INNER = 'POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n';
  const outer = (target: string) =>
    monitorRequest(method, target, { headers: [['Transfer-Encoding', 'chunked']] }) +
    `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`;

  it('is a second request to the daemon behind http-proxy', async () => {
    const { daemon, port } = await startProxy();
    daemon.on(
      (call) => call.method === method,
      (call) => call.answer(200, []),
    );
    const socket = await plain(port);
    socket.write(outer('/volumes/x'));
    const smuggled = await daemon.nextCall('POST /containers/create');
    expect(smuggled.method).toBe('POST');
  });

  it('is refused below /engine, and nothing reaches the daemon', async () => {
    const gate = await start(WATCHED);
    for (const target of ['/engine/volumes/x', '/engine/info']) {
      const client = await connectMonitor(gate);
      await client.send(outer(target));
      expect((await client.readAnswer(method)).status).toBeGreaterThanOrEqual(400);
      await client.ending;
    }
    expect(gate.daemon.connections.all).toHaveLength(0);
  });
});

it('below /engine a GET with a body is refused as well, however it is framed', async () => {
  const gate = await start(WATCHED);
  const inner = 'POST /containers/create HTTP/1.1\r\nHost: d\r\n\r\n';
  for (const request of [
    monitorRequest('GET', '/engine/info', { body: inner }),
    `${monitorRequest('GET', '/engine/info', { headers: [['Transfer-Encoding', 'chunked']] })}${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
  ]) {
    const client = await connectMonitor(gate);
    await client.send(request);
    expect((await client.readAnswer()).status).toBe(400);
  }
  expect(gate.daemon.connections.all).toHaveLength(0);
});

describe('the head of an answer whose body comes later', () => {
  it('is held back by http-proxy until the first byte of the body', async () => {
    const { daemon, port } = await startProxy();
    const socket = await plain(port);
    const first = new Promise<string>((resolve) => {
      socket.once('data', (chunk: Buffer) => {
        resolve(chunk.toString('latin1'));
      });
    });
    socket.write(monitorRequest('GET', '/events'));
    const call = await daemon.nextCall('GET /events');
    await call.start('chunked');
    let isThere = false;
    void first.then(() => {
      isThere = true;
    });
    // A second call goes there and back, for which there is time: the head of the first is not on its way.
    const other = await plain(port);
    const answered = new Promise((resolve) => other.once('data', resolve));
    other.write(monitorRequest('GET', '/_ping'));
    await (await daemon.nextCall('GET /_ping')).answer(200, [], 'OK');
    await answered;
    expect(isThere).toBe(false);
    await call.write('{}\n');
    expect(await first).toMatch(/^HTTP\/1\.1 200/);
  });

  it('arrives at once below /engine', async () => {
    const gate = await start(WATCHED);
    const client = await connectMonitor(gate);
    await client.send(monitorRequest('GET', '/engine/events'));
    await (await gate.daemon.nextCall('GET /events')).start('chunked');
    expect((await client.readHead())?.status).toBe(200);
  });
});

describe('a client that goes away', () => {
  it('leaves the call of http-proxy at the daemon open', async () => {
    const { daemon, port } = await startProxy();
    const socket = await plain(port);
    socket.write(monitorRequest('GET', '/events'));
    const call = await daemon.nextCall('GET /events');
    await call.start('chunked');
    await call.write('{}\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resetAndDestroy();
    // Calls that come later are answered, and the one of the client that went is still there.
    for (let turn = 0; turn < 3; turn += 1) {
      const other = await plain(port);
      const answered = new Promise((resolve) => other.once('data', resolve));
      other.write(monitorRequest('GET', '/_ping'));
      await (await daemon.nextCall('GET /_ping')).answer(200, [], 'OK');
      await answered;
    }
    expect(call.connection.isOpen).toBe(true);
  });

  it.each(['before the answer', 'in the middle of it'])(
    'ends its call below /engine: %s',
    async (when) => {
      const gate = await start(WATCHED);
      const client = await connectMonitor(gate);
      await client.send(monitorRequest('GET', '/engine/events'));
      const call = await gate.daemon.nextCall('GET /events');
      if (when === 'in the middle of it') {
        await call.start('chunked');
        await client.readHead();
      }
      client.reset();
      await call.connection.peerEnded;
      expect(await gate.audit.next({ event: 'call' })).toMatchObject({
        ...{ action: 'system.events', end: 'client-gone', user: 'monitor' },
      });
    },
  );
});

describe('a daemon that breaks off', () => {
  it('in its answer is broken off below /engine, and never ended as if whole', async () => {
    const gate = await start(WATCHED);
    const client = await connectMonitor(gate);
    await client.send(monitorRequest('GET', '/engine/events'));
    const call = await gate.daemon.nextCall('GET /events');
    await call.start('chunked');
    await call.write('{}\n');
    const head = await client.readHead();
    if (head === undefined) throw new Error('no head');
    call.connection.destroy();
    expect((await client.readBody(head)).isWhole).toBe(false);
    expect(await gate.audit.next({ event: 'call' })).toMatchObject({ end: 'daemon-gone' });
  });

  it('with an upgrade that nobody asked for is a 502', async () => {
    const gate = await start(WATCHED);
    const client = await connectMonitor(gate);
    await client.send(monitorRequest('GET', '/engine/info'));
    const call = await gate.daemon.nextCall('GET /info');
    await call.raw('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    expect((await client.readAnswer()).status).toBe(502);
  });

  it('before its answer is a 502', async () => {
    const gate = await start(WATCHED);
    const client = await connectMonitor(gate);
    await client.send(monitorRequest('GET', '/engine/info'));
    (await gate.daemon.nextCall('GET /info')).connection.destroy();
    expect((await client.readAnswer()).status).toBe(502);
  });
});
