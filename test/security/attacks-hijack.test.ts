import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settled } from '../support/fake/settled.ts';
import { within } from '../support/fake/within.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { headerValue } from '../support/raw/response-reader.ts';
import {
  ATTACH,
  EXEC_START,
  openTunnel,
  UPGRADES,
  upgradeBytes,
} from '../support/raw/hijack-client.ts';
import {
  answerAll,
  exchange,
  expectAlive,
  expectRefused,
  HANG_MS,
  head,
  linesOf,
  quiet,
  SMUGGLED,
} from '../support/security/attack.ts';

const start = useGate();

const EXEC = ['POST /v1.41/exec/e1/start HTTP/1.1', 'Host: d', 'Content-Type: application/json'];
const UPGRADE = ['Connection: Upgrade', 'Upgrade: tcp'];
const OPTIONS = '{"Detach":false,"Tty":true}';

describe('HIJ-001', () => {
  it.each([
    ['Content-Length', head(...EXEC, ...UPGRADE, `Content-Length: ${OPTIONS.length}`), OPTIONS],
    [
      'chunked',
      head(...EXEC, ...UPGRADE, 'Transfer-Encoding: chunked'),
      `${OPTIONS.length.toString(16)}\r\n${OPTIONS}\r\n0\r\n\r\n`,
    ],
  ])(
    'HIJ-001: the body of an upgrade, delimited by %s, is body to its end and input from there',
    async (_, request, body) => {
      const gate = await start();
      const client = await gate.connect();
      await client.send(`${request}${body}STDIN`);
      const call = await gate.daemon.nextCall();
      expect((await call.body.readAll()).toString()).toBe(OPTIONS);
      expect(call.header('content-length')).toBe(String(OPTIONS.length));
      const container = await call.hijack('raw-stream');
      expect((await client.readHead())?.status).toBe(101);
      client.end();
      expect((await container.readAll()).toString()).toBe('STDIN');
    },
  );

  it('HIJ-001: the body of an upgrade that is refused is never read as a request', async () => {
    const create = ['POST /containers/create HTTP/1.1', 'Host: d', ...UPGRADE];
    await expectRefused(
      await start(),
      `${head(...create, `Content-Length: ${SMUGGLED.length}`)}${SMUGGLED}`,
    );
  });
});

it.each([404, 409, 500])(
  'HIJ-002: a %i for an upgrade comes back whole, and the connection then ends',
  async (status) => {
    const gate = await start();
    const client = await gate.connect();
    await client.send(Buffer.concat([upgradeBytes(ATTACH), Buffer.from(SMUGGLED)]));
    await (await gate.daemon.nextCall()).attachError(status, 'no such container');
    const answer = await within(HANG_MS, client.readAnswer('POST'));
    expect(answer).toMatchObject({ status, framing: 'close' });
    expect(answer.body.toString()).toBe('no such container\r\n');
    expect(await client.ending).toBe('end');
    client.end();
    await quiet(gate, () => client.socket.bytesRead);
    expect(gate.daemon.calls.all).toHaveLength(1);
    expect(gate.daemon.connections.all[0]?.received).not.toContain('smuggled');
    expect(gate.audit.having({ event: 'call' })).toMatchObject([{ status, end: 'complete' }]);
  },
);

it('HIJ-003: input that comes before the 101 waits, and none of it is lost', async () => {
  const gate = await start();
  const client = await gate.connect();
  await client.send(Buffer.concat([upgradeBytes(ATTACH), Buffer.from('early ')]));
  const call = await gate.daemon.nextCall();
  await client.send('input');
  await quiet(gate, () => client.socket.bytesRead);
  const container = await call.hijack('raw-stream');
  expect(container.lost).toHaveLength(0);
  await client.readHead();
  client.end();
  expect((await container.readAll()).toString()).toBe('early input');
});

it('HIJ-004: the terminator of a chunked body never becomes input, however late it comes', async () => {
  const gate = await start();
  const client = await gate.connect();
  await client.send(head(...EXEC, ...UPGRADE, 'Transfer-Encoding: chunked'));
  await client.send(`${OPTIONS.length.toString(16)}\r\n${OPTIONS}\r\n`);
  await quiet(gate, () => client.socket.bytesRead);
  expect(gate.daemon.calls.all).toHaveLength(0);
  await client.send('0\r\n\r\n');
  const call = await gate.daemon.nextCall();
  expect(call.body.framing).toBe('length');
  expect((await call.body.readAll()).toString()).toBe(OPTIONS);
  const container = await call.hijack('raw-stream');
  await client.readHead();
  client.end();
  expect((await container.readAll()).toString()).toBe('');
});

describe('HIJ-005', () => {
  it.each([
    ['POST', '/containers/x/attach', 'websocket'],
    ['POST', '/containers/x/attach', 'h2c'],
    ['POST', '/exec/x/start', 'h2c'],
    ['POST', '/session', 'tcp'],
    ['POST', '/session', 'h2c, tcp'],
    ['POST', '/grpc', 'websocket'],
    ['POST', '/grpc', 'H2C/1'],
    ['GET', '/containers/x/attach/ws', 'tcp'],
    ['POST', '/containers/x/attach/ws', 'websocket'],
    ['GET', '/_ping', 'h2c'],
    ['POST', '/containers/create', 'tcp'],
    ['POST', '/no/such/route', 'tcp'],
  ])('HIJ-005: %s %s is refused with Upgrade: %s', async (method, target, token) => {
    const lines = [`${method} ${target} HTTP/1.1`, 'Host: d', 'Connection: Upgrade'];
    await expectRefused(await start(), head(...lines, `Upgrade: ${token}`));
  });

  it.each([
    ['without a Connection that names it', ['Upgrade: tcp']],
    ['that only Connection names', ['Connection: Upgrade']],
    ['that comes twice', ['Connection: Upgrade', 'Upgrade: tcp', 'Upgrade: tcp']],
  ])('HIJ-005: an Upgrade %s is refused', async (_, lines) => {
    await expectRefused(await start(), head(...EXEC, ...lines, 'Content-Length: 0'));
  });
});

it('HIJ-006: attach over websocket takes a certificate whatever its Origin, and is recorded', async () => {
  const gate = await start();
  const upgrade = UPGRADES['attach over websocket'] ?? expect.unreachable();
  const stranger = await exchange(gate, upgradeBytes(upgrade), { leaf: undefined });
  expect(stranger.answer.status).toBe(403);
  expect(gate.daemon.connections.all).toHaveLength(0);

  const client = await gate.connect();
  const { call } = await openTunnel(client, gate.daemon, upgrade);
  expect(call.header('origin')).toBe('http://localhost');
  expect(await gate.audit.next({ event: 'intent' })).toMatchObject({
    action: 'container.attach_ws',
    user: 'alice',
  });
});

it.each(Object.entries(UPGRADES))(
  'HIJ-007: an HTTP request inside a tunnel is the stream’s bytes and nobody’s request: %s',
  async (_, upgrade) => {
    const gate = await start();
    const client = await gate.connect();
    const { container } = await openTunnel(client, gate.daemon, upgrade);
    const request = `${SMUGGLED}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`;
    await client.send(request);
    client.end();
    expect((await container.readAll()).toString()).toBe(request);
    container.end();
    await client.source.readAll();
    expect(gate.daemon.calls.all).toHaveLength(1);
    expect(gate.daemon.connections.all).toHaveLength(1);
    expect(await gate.audit.next({ event: 'call' })).toMatchObject({
      bytes_in: request.length + (upgrade.body?.length ?? 0),
    });
  },
);

it('HIJ-008: the start of an exec that another made is recorded under the name of who starts it', async () => {
  const gate = await start();
  gate.daemon.on('POST /containers/x/exec', (call) => call.json(201, { Id: 'e1' }));
  const alice = await gate.connect();
  await alice.call('POST', '/v1.41/containers/x/exec', { body: '{"Cmd":["sh"]}' });
  const bob = await gate.connect({ leaf: await gate.ca.client('bob') });
  await openTunnel(bob, gate.daemon, EXEC_START);

  expect(gate.audit.having({ event: 'call', action: 'exec.create' })).toMatchObject([
    { user: 'alice' },
  ]);
  expect(await gate.audit.next({ event: 'intent', action: 'exec.start' })).toMatchObject({
    user: 'bob',
    path: '/v1.41/exec/e1/start',
  });
});

describe('HIJ-009', () => {
  /** The kernel's timer on the gate's end of a connection: 2 is keep-alive (proc(5), net/tcp). */
  function timerOf({ port }: TestGate, { localPort }: RawClient): string | undefined {
    const hex = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0');
    const line = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((text) => text.trim().split(/\s+/))
      .find(([, local, remote]) => local?.endsWith(hex(port)) && remote?.endsWith(hex(localPort)));
    return line?.[5];
  }

  it('HIJ-009: a silent tunnel is probed by TCP keep-alive, within 30 s of the last word', async () => {
    const gate = await start();
    const client = await gate.connect();
    await openTunnel(client, gate.daemon);
    // Until the client's kernel has acknowledged the 101, the timer is that of a retransmission.
    while (timerOf(gate, client)?.startsWith('01:')) await new Promise(setImmediate);
    const [timer, due] = timerOf(gate, client)?.split(':') ?? [];
    expect(timer).toBe('02');
    // In hundredths of a second.
    expect(Number.parseInt(due ?? '', 16)).toBeLessThanOrEqual(3_000);
  });

  it('HIJ-009: a client that is gone ends the daemon’s side within 1 s, and the record says why', async () => {
    const gate = await start();
    const client = await gate.connect();
    const { container } = await openTunnel(client, gate.daemon);
    client.reset();
    await within(1_000, container.inputEnded);
    container.end();
    expect(await gate.audit.next({ event: 'call' })).toMatchObject({ end: 'client-gone' });
    await expectAlive(gate);
  });
});

it('HIJ-010: neither side of a tunnel can fill the gate’s memory', async () => {
  const gate = await start();
  const client = await gate.connect();
  const { container } = await openTunnel(client, gate.daemon, EXEC_START);
  const piece = Buffer.alloc(64 * 1024);
  const poured = { up: 0, down: 0 };
  const limit = 96 * 1024 * 1024;
  const pour = async (side: 'up' | 'down', to: { write(bytes: Buffer): Promise<boolean> }) => {
    while (poured[side] < limit && (await to.write(piece))) poured[side] += piece.length;
  };
  void pour('up', { write: (bytes) => client.send(bytes) });
  void pour('down', container);
  await settled(() => poured.up + poured.down);
  expect(poured.up).toBeLessThan(limit / 4);
  expect(poured.down).toBeLessThan(limit / 4);
});

describe('HIJ-011', () => {
  it('HIJ-011: HTTP/2 is not spoken, so no gRPC call gets past the reading of HTTP/1.1', async () => {
    const gate = await start();
    const both = { port: gate.port, ca: gate.ca.cert, leaf: gate.alice, alpn: ['h2'] };
    await expect(connectRaw(both)).rejects.toThrow(/no.application.protocol/i);
    expect(gate.daemon.connections.all).toHaveLength(0);
  });

  it('HIJ-011: application/grpc over HTTP/1.1 reaches the daemon as HTTP/1.1, where it is no gRPC', async () => {
    const gate = await start();
    answerAll(gate, 404);
    const { client, answer } = await exchange(
      gate,
      `${head(
        ...['POST /moby.buildkit.v1.Control/Solve HTTP/1.1', 'Host: d'],
        ...['Content-Type: application/grpc', 'TE: trailers', 'Content-Length: 5'],
      )}\0\0\0\0\0`,
    );
    expect(answer.status).toBe(404);
    expect(headerValue(answer, 'grpc-status')).toBeUndefined();
    expect(gate.daemon.connections.all[0]?.received).toMatch(
      /^POST \/moby\.buildkit\.v1\.Control\/Solve HTTP\/1\.1\r\n/,
    );
    expect(linesOf(gate, client)).toMatchObject([{ action: 'unknown' }]);
  });
});
