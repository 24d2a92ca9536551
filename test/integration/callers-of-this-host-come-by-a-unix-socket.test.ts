import { createServer } from 'node:net';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMBIGUOUS_HEADS, AMBIGUOUS_TARGETS } from '../support/ambiguous.ts';
import { startGateFor, useGate, type TestGate } from '../support/gate.ts';
import { connectLocal } from '../support/raw-client.ts';
import { ATTACH, openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

it('serves them as the user that the socket is called by, and writes that down', async () => {
  const { daemon, audit, gate, connectLocal: connect } = await start({ local: true });
  daemon.on('POST /containers/create', async (call) => {
    await call.body.readAll();
    await call.answer(201, [], '{"Id":"abc"}');
  });
  const client = await connect();
  const answer = await client.call('POST', '/v1.41/containers/create?name=web', {
    headers: [['Content-Type', 'application/json']],
    body: '{"Image":"x"}',
  });

  expect(answer.status).toBe(201);
  const user = `unix:${String(gate.localSockets[0])}`;
  expect(await audit.next({ event: 'intent' })).toMatchObject({ user, remote: 'local' });
  const line = await audit.next({ event: 'call' });
  expect(line).toMatchObject({ user, remote: 'local', action: 'container.create', status: 201 });
  for (const absent of ['serial', 'fingerprint', 'tls', 'cipher', 'ca', 'role']) {
    expect(line).not.toHaveProperty(absent);
  }
  const begun = await audit.next({ event: 'gate-start' });
  expect(begun['listen']).toContain(`unix://${String(gate.localSockets[0])}`);
});

it('on a gate without another address, speaks of no certificates', async () => {
  const { log, gate } = await start({ local: true, listen: [] });
  expect(gate.addresses).toEqual([]);
  const warnings = log.all.map(({ msg }) => String(msg)).filter((msg) => msg.includes('root'));
  expect(warnings).toEqual([
    'no policy: whoever may connect to the unix socket is root on this host',
  ]);
});

it('carries a hijacked stream both ways, with half-close', async () => {
  const { daemon, connectLocal: connect } = await start({ local: true });
  const client = await connect();
  const { container } = await openTunnel(client, daemon, ATTACH);
  await client.send('in');
  client.end();
  expect((await container.readAll()).toString()).toBe('in');
  await container.write('late');
  container.end();
  expect((await client.source.readAll()).toString()).toBe('late');
});

it('keeps the limits of connections for them', async () => {
  const limits = {
    connections: 10,
    connectionsPerUser: 1,
    streamsPerUser: 10,
    handshakes: 10,
    handshakesPerSecond: 100,
  };
  const { daemon, audit, connectLocal: connect } = await start({ local: true, limits });
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const first = await connect();
  expect((await first.call('GET', '/_ping')).status).toBe(200);
  const second = await connect();
  expect((await second.call('GET', '/_ping')).status).toBe(429);
  expect(await audit.next({ event: 'peer-refused' })).toMatchObject({ remote: 'local' });
});

describe('with a policy', () => {
  const policy = (user: string) =>
    `users:\n  - { user: "${user}", roles: [viewer] }\n  - { user: alice, roles: [viewer] }\n`;

  it('an entry by the name of the socket gives a role, and nothing else does', async (context) => {
    const {
      daemon,
      audit,
      connectLocal: connect,
      policyFile,
      gate,
    } = await startGateFor(context, {
      local: true,
      policy: policy('*'),
    });
    daemon.on('GET /info', (call) => call.answer(200, [], '{}'));
    const client = await connect();
    expect((await client.call('GET', '/info')).status).toBe(403);
    expect(await audit.next({ event: 'call' })).toMatchObject({ decision: 'deny' });

    writeFileSync(policyFile, policy(`unix:${String(gate.localSockets[0])}`));
    await gate.reload('test');
    const again = await connect();
    expect((await again.call('GET', '/info')).status).toBe(200);
    expect((await again.call('POST', '/containers/x/start')).status).toBe(403);
  });

  it('a pattern for sockets means no certificate', async (context) => {
    const { daemon, connect } = await startGateFor(context, {
      local: true,
      policy: 'users:\n  - { user: "unix:*", roles: [viewer] }\n',
    });
    daemon.on('GET /info', (call) => call.answer(200, [], '{}'));
    expect((await (await connect()).call('GET', '/info')).status).toBe(403);
  });
});

describe('the file of the socket', () => {
  const directory = mkdtempSync(join(tmpdir(), 'dockgate-local-'));
  const path = join(directory, 'gate.sock');
  const listen = { localSockets: [path] };
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('has mode and group as asked for, and is gone after the stop', async () => {
    const isRoot = process.getuid?.() === 0;
    const group = isRoot ? 'daemon' : `${process.getgid?.() ?? 0}`;
    const { gate } = await start({ ...listen, localAccess: { mode: 0o620, group } });
    const { mode, gid } = lstatSync(path);
    expect([mode & 0o777, gid]).toEqual([0o620, isRoot ? 1 : Number(group)]);
    await gate.stop(0);
    expect(existsSync(path)).toBe(false);
  });

  it('is replaced where a killed gate has left it', async () => {
    const left = createServer();
    await new Promise<void>((resolve) => left.listen(join(directory, 'other'), resolve));
    renameSync(join(directory, 'other'), path);
    await new Promise((resolve) => left.close(resolve));
    const { gate } = await start(listen);
    (await connectLocal(path)).destroy();
    await gate.stop(0);
  });

  it('is not taken from a gate that listens there', async () => {
    const first = await start(listen);
    first.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    await expect(start(listen)).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `cannot listen on unix://${path}: another process listens there`,
    });
    expect((await (await connectLocal(path)).call('GET', '/_ping')).status).toBe(200);
    await first.gate.stop(0);
  });

  it.each([
    [
      'a file',
      () => {
        writeFileSync(path, 'mine');
      },
    ],
    [
      'a symbolic link',
      () => {
        symlinkSync('/nowhere', path);
      },
    ],
  ])('is not put in place of %s', async (what, make) => {
    make();
    await expect(start(listen)).rejects.toThrow(`${what} is there already`);
    expect(lstatSync(path).isSocket()).toBe(false);
    rmSync(path);
  });

  it('is never that of the daemon, by whatever name', async () => {
    const { daemon } = await start();
    const link = join(directory, 'link');
    symlinkSync(join(daemon.socketPath, '..'), link);
    const alias = join(link, daemon.socketPath.split('/').at(-1) ?? '');
    await expect(start({ localSockets: [alias], dockerSocket: daemon.socketPath })).rejects.toThrow(
      'would lead to itself',
    );
  });
});

describe('what could be read in two ways', () => {
  let gate: TestGate;
  const cleanups: (() => unknown)[] = [];
  beforeAll(async () => {
    gate = await startGateFor(
      { onTestFinished: (cleanup: () => unknown) => cleanups.push(cleanup) } as never,
      { local: true },
    );
  });
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const requests = [
    ...Object.entries(AMBIGUOUS_HEADS),
    ...AMBIGUOUS_TARGETS.map((target) => [target, `GET ${target} HTTP/1.1\r\nHost: d\r\n\r\n`]),
  ] as [string, string][];
  it.each(requests)('is refused here too: %s', async (_, bytes) => {
    const client = await gate.connectLocal();
    await client.send(bytes);
    const answer = await client.readAnswer(bytes.startsWith('HEAD') ? 'HEAD' : 'GET');
    expect(answer.status).toBe(400);
    client.end();
    expect((await client.source.readAll()).toString()).toBe('');
    expect(gate.daemon.bytesReceived).toBe(0);
  });
});
