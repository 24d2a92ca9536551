import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, linkSync, mkdtempSync, openSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  spawnGate,
  startGateProcess,
  type GateProcess,
  type GateProcessOptions,
} from '../support/built-gate.ts';
import { startFakeDockerd, type FakeDockerd } from '../support/fake-dockerd.ts';
import { connectLocal, connectPlain, connectRaw } from '../support/raw-client.ts';
import { createThrowawayCa, type Issued, type ThrowawayCa } from '../support/throwaway-ca.ts';

const directory = mkdtempSync(join(tmpdir(), 'dockgate-activation-'));
let daemon: FakeDockerd;
let ca: ThrowawayCa;
let alice: Issued;
let options: GateProcessOptions;

beforeAll(async () => {
  daemon = await startFakeDockerd();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  ca = await createThrowawayCa();
  alice = await ca.client('alice');
  const certsDir = await ca.writeCertsDir(join(directory, 'certs'));
  const auditLog = join(directory, 'audit.jsonl');
  options = { certsDir, auditLog, socketPath: daemon.socketPath };
});
afterAll(async () => {
  await daemon.dispose();
  await rm(directory, { recursive: true });
});

const running: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of running.splice(0).reverse()) await end();
});

/** A listening socket of this process, as a service manager has one, who leaves connections to the service. */
interface Opened {
  readonly fd: number;
  readonly port: number;
  /** Leaves the socket to whoever has its descriptor by now. */
  readonly leave: () => void;
}

async function opened(where: net.ListenOptions): Promise<Opened> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(where, resolve));
  const { path } = where;
  if (path !== undefined) chmodSync(path, 0o660);
  const leave = (): void => {
    // Node takes the file of a socket along.
    if (path !== undefined) linkSync(path, `${path}.kept`);
    server.close();
    if (path !== undefined) renameSync(`${path}.kept`, path);
  };
  running.push(() => server.close());
  // Node has no public name for it.
  const { _handle: handle } = server as unknown as { _handle: { fd: number } };
  const port = path === undefined ? (server.address() as net.AddressInfo).port : 0;
  return { fd: handle.fd, port, leave };
}

/** As systemd starts a service: the process that is started is the one that is named. */
const named = (count: number, names: string): readonly string[] => [
  ...['sh', '-c'],
  `LISTEN_FDS=${count} LISTEN_FDNAMES=${names} LISTEN_PID=$$ exec "$0" "$@"`,
];

async function started(
  sockets: readonly Opened[],
  more: Partial<GateProcessOptions>,
): Promise<GateProcess> {
  const descriptors = sockets.map(({ fd }) => fd);
  const gate = await startGateProcess({ ...options, ...more, descriptors });
  for (const { leave } of sockets) leave();
  running.push(() => gate.stop('SIGTERM'));
  return gate;
}

/** How a gate that does not start ends. */
async function refusal(more: Partial<GateProcessOptions>): Promise<string[]> {
  const gate = spawnGate({ ...options, hosts: ['fd://'], ...more });
  await new Promise((resolve) => gate.child.once('close', resolve));
  expect(gate.child.exitCode).toBe(1);
  const said = gate.said().trim().split('\n');
  // What it has to say of its certificates before is none of this.
  return said.filter((line) => !line.startsWith('{'));
}

describe('a gate that was started with open sockets', () => {
  it('serves TCP by mutual TLS, and a unix socket to callers of this host', async () => {
    const path = join(directory, 'activated.sock');
    const [tcp, unix] = [await opened({ port: 0, host: '127.0.0.1' }), await opened({ path })];
    await started([tcp, unix], {
      hosts: ['fd://'],
      wrapper: named(2, 'web:local'),
      ready: /"address":"unix:/,
    });
    const remote = await connectRaw({ port: tcp.port, ca: ca.cert, leaf: alice });
    expect((await remote.call('GET', '/_ping')).status).toBe(200);
    const local = await connectLocal(path);
    expect((await local.call('GET', '/_ping')).status).toBe(200);
    remote.destroy();
    local.destroy();
  });

  it('never speaks HTTP without TLS on a TCP socket', async () => {
    const tcp = await opened({ port: 0, host: '127.0.0.1' });
    await started([tcp], { hosts: ['fd://web'], wrapper: named(1, 'web') });
    const plain = await connectPlain(tcp.port);
    plain.write('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
    const answer: Buffer[] = [];
    plain.on('data', (chunk: Buffer) => answer.push(chunk));
    await new Promise((resolve) => plain.once('end', resolve));
    plain.destroy();
    expect(Buffer.concat(answer).toString('latin1')).not.toContain('HTTP/');
  });

  it('takes one of them by number', async () => {
    const [first, second] = [
      await opened({ port: 0, host: '127.0.0.1' }),
      await opened({ port: 0, host: '127.0.0.1' }),
    ];
    const gate = await started([first, second], { hosts: ['fd://4'], wrapper: named(2, 'a:b') });
    expect(gate.port).toBe(second.port);
    await gate.until(/fd:\/\/3 \(a\) was handed over/);
  });
});

describe('one line and one hint tell of', () => {
  it('no sockets at all', async () => {
    expect(await refusal({})).toEqual([
      'dockgate: cannot listen on fd://: no sockets were handed over (LISTEN_FDS is not set)',
      expect.stringMatching(/^hint: /),
    ]);
  });

  it('sockets for another process', async () => {
    const wrapper = ['env', 'LISTEN_FDS=1', 'LISTEN_PID=1'];
    const [what, hint] = await refusal({ wrapper });
    expect(what).toMatch(/the sockets were handed to process 1, and this is \d+$/);
    expect(hint).toMatch(/^hint: run dockgate itself in ExecStart=/);
  });

  it('a name that none of them has', async () => {
    const { fd } = await opened({ port: 0, host: '127.0.0.1' });
    const more = { hosts: ['fd://web'], wrapper: named(1, 'other'), descriptors: [fd] };
    expect(await refusal(more)).toEqual([
      'dockgate: cannot listen on fd://web: no socket that was handed over has that name or number',
      expect.stringContaining('hint: there are fd://3 (other);'),
    ]);
  });

  it('a descriptor that is no socket', async () => {
    const fd = openSync('/dev/null', 'r');
    running.push(() => {
      closeSync(fd);
    });
    const more = { wrapper: named(1, 'x'), descriptors: [fd] };
    expect((await refusal(more))[0]).toBe(
      'dockgate: cannot listen on descriptor 3 (x): it is no socket',
    );
  });

  it('a unix socket that everybody may connect to', async () => {
    const path = join(directory, 'everybody.sock');
    const { fd } = await opened({ path });
    chmodSync(path, 0o666);
    expect(await refusal({ wrapper: named(1, 'x'), descriptors: [fd] })).toEqual([
      `dockgate: cannot listen on descriptor 3 (x): everybody on this host may connect to ${path} (mode 0666)`,
      'hint: set SocketMode=0660 and SocketGroup= in the socket unit',
    ]);
  });
});

const missing = spawnSync('systemd-socket-activate', ['--version']).error !== undefined;

it.skipIf(missing)('is started by systemd at the first connection, and answers it', async () => {
  const { port, leave } = await opened({ port: 0, host: '127.0.0.1' });
  leave();
  const path = join(directory, 'systemd.sock');
  const activate = ['systemd-socket-activate', '-l', `127.0.0.1:${port}`, '-l', path];
  const gate = await startGateProcess({
    ...options,
    hosts: ['fd://web', 'fd://local'],
    wrapper: [...activate, '--fdname=web:local', '--'],
    ready: /Listening on \S+systemd\.sock/,
  });
  running.push(() => gate.stop('SIGTERM'));
  const client = await connectRaw({ port, ca: ca.cert, leaf: alice });
  expect((await client.call('GET', '/_ping')).status).toBe(200);
  const local = await connectLocal(path);
  expect((await local.call('GET', '/_ping')).status).toBe(200);
  client.destroy();
  local.destroy();
});
