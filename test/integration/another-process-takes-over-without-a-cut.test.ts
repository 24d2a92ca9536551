import { existsSync, lstatSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Agent as PlainAgent, request as requestPlain, type ClientRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { findTrail } from '../../src/audit/read/files.ts';
import { compileFilter } from '../../src/audit/read/filter.ts';
import { follow } from '../../src/audit/read/follow.ts';
import { query } from '../../src/audit/read/query.ts';
import {
  spawnGate,
  startGateProcess,
  type GateProcess,
  type GateProcessOptions,
} from '../support/built-gate.ts';
import { expectValidEvent } from '../support/event-schema.ts';
import { startFakeDockerd, type FakeDockerd } from '../support/fake-dockerd.ts';
import { connectLocal, connectRaw } from '../support/raw-client.ts';
import { EXEC_START, openTunnel } from '../support/raw/hijack-client.ts';
import { headerValue } from '../support/raw/response-reader.ts';
import { createThrowawayCa, type Issued, type ThrowawayCa } from '../support/throwaway-ca.ts';
import { verifyLog } from '../unit/helpers/audit.ts';

const TAKEN_OVER = /"successor":(\d+),"msg":"another process has taken over/;
/** Calls, of so many clients that keep their connections. */
const CALLS = 3_000;
const CLIENTS = 8;

// Each starts several processes, one after the other.
vi.setConfig({ testTimeout: 90_000 });

let daemon: FakeDockerd;
let ca: ThrowawayCa;
let alice: Issued;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

beforeEach(async () => {
  const started = await startFakeDockerd();
  daemon = started;
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  // What the gate asks about execs, for its trail.
  daemon.on('GET /exec/e1/json', (call) => call.answer(404, [], '{}'));
  cleanups.push(() => started.dispose());
});
beforeAll(async () => {
  ca = await createThrowawayCa();
  alice = await ca.client('alice');
});

interface Place {
  readonly directory: string;
  readonly local: string;
  readonly auditLog: string;
  readonly options: GateProcessOptions;
}

async function place(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'dockgate-upgrade-'));
  cleanups.push(() => rm(directory, { recursive: true }));
  const certsDir = await ca.writeCertsDir(join(directory, 'certs'));
  const local = join(directory, 'gate.sock');
  const auditLog = join(directory, 'audit.jsonl');
  const hosts = ['tcp://127.0.0.1:0', `unix://${local}`];
  return {
    ...{ directory, local, auditLog },
    options: { certsDir, auditLog, socketPath: daemon.socketPath, hosts },
  };
}

/** A gate, and whatever takes over from it. */
async function started(options: GateProcessOptions): Promise<GateProcess> {
  const gate = await startGateProcess(options);
  cleanups.push(() => gate.stop('SIGKILL'));
  return gate;
}

type ManagedGate = Omit<GateProcess, 'port'>;

/** @returns the process that serves now. */
async function upgrade(gate: GateProcess): Promise<number> {
  gate.child.kill('SIGUSR1');
  return waitForSuccessor(gate);
}

async function waitForSuccessor(gate: ManagedGate): Promise<number> {
  const successor = Number((await gate.until(TAKEN_OVER))[1]);
  cleanups.push(() => endProcess(successor));
  return successor;
}

/** Every line of a trail, of all processes, in order. */
async function trailOf(auditLog: string): Promise<Readonly<Record<string, unknown>>[]> {
  const lines = [];
  const options = { order: 'oldest', limit: Infinity } as const;
  for await (const { fields } of query(await findTrail(auditLog), compileFilter({}), options)) {
    expectValidEvent(fields);
    lines.push(fields);
  }
  return lines;
}

/** Resolves when a file has so many lines with a text in them. */
async function lineIn(file: string, text: string, count = 1): Promise<void> {
  await vi.waitUntil(
    () => existsSync(file) && readFileSync(file, 'utf8').split(text).length > count,
    { timeout: 60_000 },
  );
}

/** Resolves when a process that is no child of ours is gone. */
async function endProcess(pid: number): Promise<void> {
  for (let signal: NodeJS.Signals | 0 = 'SIGTERM'; ; signal = 0) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A client that makes many calls, and what became of those that were not answered in full. */
class Caller {
  readonly lost: string[] = [];
  readonly #agents: readonly (Agent | PlainAgent)[];
  readonly #ways: readonly (() => ClientRequest)[];

  /** @param keepAlive whether connections are used again. */
  constructor(port: number, local: string | undefined, keepAlive: boolean) {
    const tls = { ca: ca.cert, cert: alice.cert, key: alice.key };
    const agent = new Agent({ ...tls, keepAlive, maxSockets: CLIENTS });
    const plain = new PlainAgent({ keepAlive, maxSockets: CLIENTS });
    this.#agents = [agent, plain];
    const remote = { host: '127.0.0.1', port, path: '/_ping', agent };
    const unix = { socketPath: local, path: '/_ping', agent: plain };
    this.#ways = [
      () => request(remote),
      () => (local === undefined ? request(remote) : requestPlain(unix)),
    ];
  }

  /** Makes `count` calls, `CLIENTS` at a time. @param onCall told of the number of each before it is made. */
  async run(count: number, onCall: (at: number) => void): Promise<void> {
    let made = 0;
    const client = async (_: unknown, client: number): Promise<void> => {
      while (made < count) {
        made += 1;
        onCall(made);
        await this.#call(this.#ways[client % this.#ways.length]);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    for (const agent of this.#agents) agent.destroy();
  }

  #call(way: (() => ClientRequest) | undefined): Promise<void> {
    return new Promise((resolve) => {
      const lose = (why: string): void => {
        this.lost.push(why);
        resolve();
      };
      const call = way?.();
      call?.on('response', (answer) => {
        answer.resume().once('close', () => {
          if (answer.statusCode === 200 && answer.complete) resolve();
          else lose(`${String(answer.statusCode)}, whole: ${answer.complete}`);
        });
      });
      // Node sends nothing a second time: what is lost shows here.
      call?.on('error', (error) => {
        lose(error.message);
      });
      call?.end();
    });
  }
}

it(`loses none of ${CALLS} calls of clients that keep their connections`, async () => {
  const { options, local, auditLog } = await place();
  const gate = await started(options);
  const caller = new Caller(gate.port, local, true);
  await caller.run(CALLS, (at) => {
    if (at === CALLS / 3) gate.child.kill('SIGUSR1');
  });
  await waitForSuccessor(gate);
  expect(caller.lost).toEqual([]);
  // Every client has changed over, so nothing holds the old process.
  expect(await gate.ended).toBe(0);
  const users = new Map<string, number>();
  for (const line of await trailOf(auditLog)) {
    if (line['event'] !== 'call') continue;
    users.set(String(line['user']), (users.get(String(line['user'])) ?? 0) + 1);
  }
  expect((users.get('alice') ?? 0) + (users.get(`unix:${local}`) ?? 0)).toBe(CALLS);
});

it('lets a stream go on to its end, while new connections are served by the new process', async () => {
  const { options, local, auditLog } = await place();
  const gate = await started(options);
  const leaf = { port: gate.port, ca: ca.cert, leaf: alice };
  const client = await connectRaw(leaf);
  const { container } = await openTunnel(client, daemon, EXEC_START);
  const idle = await connectRaw(leaf);
  expect((await idle.call('GET', '/_ping')).status).toBe(200);
  const inode = lstatSync(local).ino;

  const successor = await upgrade(gate);
  const last = await idle.call('GET', '/_ping');
  expect([last.status, headerValue(last, 'connection')]).toEqual([200, 'close']);
  for (const next of [await connectRaw(leaf), await connectLocal(local)]) {
    expect((await next.call('GET', '/_ping')).status).toBe(200);
    next.destroy();
  }
  await client.send('still here');
  expect((await container.read())?.toString()).toBe('still here');
  expect(gate.child.exitCode).toBeNull();

  client.end();
  await container.inputEnded;
  await container.write('to the end');
  container.end();
  expect((await client.source.readAll()).toString()).toBe('to the end');
  expect(await gate.ended).toBe(0);
  expect(lstatSync(local).ino).toBe(inode);
  const lines = await trailOf(auditLog);
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'call', action: 'exec.start', end: 'complete', status: 101 }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'gate-upgrade', result: 'accepted', successor }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'gate-start', previous: gate.child.pid }),
  );
  await endProcess(successor);
  expect(existsSync(local)).toBe(false);
});

it('hands over where it is watched from, and is watched all the time', async () => {
  const { options } = await place();
  const gate = await started({ ...options, args: ['--metrics', 'tcp://127.0.0.1:0'] });
  const port = Number((await gate.until(/"metrics":"tcp:\/\/127\.0\.0\.1:(\d+)"/))[1]);
  const agent = new PlainAgent({ keepAlive: false });
  const healthOf = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = requestPlain({ host: '127.0.0.1', port, path, agent }, (answer) => {
        answer.resume().once('end', () => {
          resolve(answer.statusCode ?? 0);
        });
      });
      asked.on('error', reject).end();
    });
  const statuses = new Set<number>();
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) statuses.add(await healthOf('/healthz').catch(() => 0));
  })();
  const successor = await upgrade(gate);
  // Nobody is left to answer but the new process.
  expect(await gate.ended).toBe(0);
  over.abort();
  await asking;
  expect([...statuses]).toEqual([200]);
  expect(await healthOf('/readyz')).toBe(200);
  await endProcess(successor);
  await expect(healthOf('/readyz')).rejects.toThrow('ECONNREFUSED');
});

it('is upgraded again and again, also while streams of an older process go on', async () => {
  const { options, auditLog } = await place();
  const gate = await started(options);
  const leaf = { port: gate.port, ca: ca.cert, leaf: alice };
  const client = await connectRaw(leaf);
  const { container } = await openTunnel(client, daemon, EXEC_START);
  const second = await upgrade(gate);
  process.kill(second, 'SIGUSR1');
  const twice = new RegExp(`${TAKEN_OVER.source}[^]*${TAKEN_OVER.source}`);
  const third = Number((await gate.until(twice))[2]);
  cleanups.push(() => endProcess(third));
  const next = await connectRaw(leaf);
  expect((await next.call('GET', '/_ping')).status).toBe(200);
  next.destroy();
  await client.send('still here');
  expect((await container.read())?.toString()).toBe('still here');
  // It has handed over already.
  gate.child.kill('SIGUSR1');
  await gate.until(/SIGUSR1 changes nothing/);
  container.end();
  client.destroy();
  expect(await gate.ended).toBe(0);
  await endProcess(third);
  const verdict = await verifyLog(auditLog);
  expect(verdict.problems).toEqual([]);
  const starts = (await trailOf(auditLog)).filter(({ event }) => event === 'gate-start');
  expect(starts.map(({ previous }) => previous)).toEqual([undefined, gate.child.pid, second]);
});

it('writes beside the log while the old process has it, then goes on with it, in one trail that verifies', async () => {
  const { options, local, auditLog, directory } = await place();
  const gate = await started(options);
  const client = await connectRaw({ port: gate.port, ca: ca.cert, leaf: alice });
  const { container } = await openTunnel(client, daemon, EXEC_START);
  const following = new AbortController();
  const seen: string[] = [];
  const tail = (async () => {
    const filter = compileFilter({ event: ['call'] });
    for await (const { fields } of follow(auditLog, filter, following.signal)) {
      seen.push(String(fields['path']));
    }
  })();
  const successor = await upgrade(gate);
  const ask = async (path: string): Promise<void> => {
    const local_ = await connectLocal(local);
    await local_.call('GET', path);
    local_.destroy();
  };
  daemon.on('GET /info', (call) => call.answer(200, [], '{}'));
  daemon.on('GET /version', (call) => call.answer(200, [], '{}'));
  await ask('/info');
  const beside = join(directory, 'audit.2.jsonl');
  await lineIn(beside, '"path":"/info"');

  container.end();
  client.destroy();
  expect(await gate.ended).toBe(0);
  // Its last lines are signed when it lets go.
  await lineIn(auditLog, '"event":"log-opened"', 2);
  await ask('/version');
  await lineIn(auditLog, '"path":"/version"');
  expect(readFileSync(beside, 'utf8')).not.toContain('/version');
  await vi.waitUntil(() => seen.includes('/version'));
  following.abort();
  await tail;
  expect(seen).toEqual(['/info', '/v1.41/exec/e1/start', '/version']);

  await endProcess(successor);
  const verdict = await verifyLog(auditLog);
  expect(verdict.problems).toEqual([]);
  expect(verdict.chains).toHaveLength(2);
  const [first] = readFileSync(beside, 'utf8').split('\n', 1);
  expect(JSON.parse(first ?? '')).toMatchObject({ predecessor: { file: 'audit.jsonl' } });
});

it('goes on where the new program does not start, and says why', async () => {
  const { options, auditLog, directory } = await place();
  const config = join(directory, 'config.yaml');
  writeFileSync(config, 'log-level: info\n');
  const gate = await started({ ...options, args: ['--config', config] });
  writeFileSync(config, 'log-levle: info\n');
  gate.child.kill('SIGUSR1');
  const [said] = await gate.until(/"reason":"[^\n]*no other process took over/);
  expect(said).toContain('log-levle: there is no such setting');
  const client = await connectRaw({ port: gate.port, ca: ca.cert, leaf: alice });
  const answer = await client.call('GET', '/_ping');
  expect([answer.status, headerValue(answer, 'connection')]).toEqual([200, 'keep-alive']);
  expect(await trailOf(auditLog)).toContainEqual(
    expect.objectContaining({ event: 'gate-upgrade', result: 'refused' }),
  );

  writeFileSync(config, 'log-level: info\n');
  await upgrade(gate);
  client.destroy();
  expect(await gate.ended).toBe(0);
});

it('leaves nobody behind when it is stopped while the new process starts', async () => {
  const { options } = await place();
  const gate = await started({ ...options, hosts: ['tcp://127.0.0.1:0'] });
  const leaf = { port: gate.port, ca: ca.cert, leaf: alice };
  const client = await connectRaw(leaf);
  const { container } = await openTunnel(client, daemon, EXEC_START);
  gate.child.kill('SIGUSR1');
  await gate.until(/SIGUSR1: starting/);
  gate.child.kill('SIGTERM');
  await gate.until(/"reason":"this gate was stopped meanwhile"/);
  container.end();
  client.destroy();
  expect(await gate.ended).toBe(0);
  await expect(connectRaw(leaf)).rejects.toThrow('ECONNREFUSED');
});

it('cuts what still goes on when --upgrade-timeout is over', async () => {
  const { options, auditLog } = await place();
  const gate = await started({ ...options, args: ['--upgrade-timeout', '200ms'] });
  const client = await connectRaw({ port: gate.port, ca: ca.cert, leaf: alice });
  await openTunnel(client, daemon, EXEC_START);
  await upgrade(gate);
  await client.ending;
  expect(await gate.ended).toBe(0);
  expect(await trailOf(auditLog)).toContainEqual(
    expect.objectContaining({ event: 'call', action: 'exec.start', end: 'gate-stopped' }),
  );
});

it('ends at once, with its calls, on the signals that stop a gate', async () => {
  const { options } = await place();
  const gate = await started({ ...options, args: ['--shutdown-timeout', '0'] });
  const client = await connectRaw({ port: gate.port, ca: ca.cert, leaf: alice });
  await openTunnel(client, daemon, EXEC_START);
  await upgrade(gate);
  expect(await gate.stop('SIGTERM')).toBe(0);
  await client.ending;
});

describe('a gate on sockets that a service manager holds', () => {
  /** Starts the gate anew for each line that it reads, with the same socket, as systemd does for a service. */
  const MANAGER = [
    ...['sh', '-c'],
    'while read -r go; do sh -c \'LISTEN_FDS=1 LISTEN_FDNAMES=web LISTEN_PID=$$ exec "$@"\' sh "$@"; done',
    'sh',
  ];

  async function managed(): Promise<{ manager: ManagedGate; port: number; gatePid: () => number }> {
    const { options, auditLog } = await place();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { _handle: handle } = server as unknown as { _handle: { fd: number } };
    const { port } = server.address() as AddressInfo;
    const manager = spawnGate({
      ...options,
      hosts: ['fd://'],
      wrapper: MANAGER,
      descriptors: [handle.fd],
    });
    // It has a socket of its own by now; this one would take connections away.
    server.close();
    cleanups.push(() => manager.stop('SIGKILL'));
    const gatePid = (): number =>
      (JSON.parse(readFileSync(`${auditLog}.lock`, 'utf8')) as { pid: number }).pid;
    return { manager, port, gatePid };
  }

  it.each([
    ['that keep their connections', true],
    ['that connect anew for each', false],
  ])('loses no call of clients %s when it is restarted', async (_, keepAlive) => {
    const { manager, port, gatePid } = await managed();
    manager.child.stdin?.write('go\n');
    await manager.until(/"address":"tcp:/);
    const before = gatePid();
    const caller = new Caller(port, undefined, keepAlive);
    await caller.run(600, (at) => {
      if (at !== 200) return;
      process.kill(before, 'SIGTERM');
      manager.child.stdin?.write('go\n');
    });
    expect(caller.lost).toEqual([]);
    const after = gatePid();
    expect(after).not.toBe(before);
    manager.child.stdin?.end();
    process.kill(after, 'SIGTERM');
    await manager.ended;
  });

  it('hands them on when it is upgraded', async () => {
    const { manager, port, gatePid } = await managed();
    manager.child.stdin?.write('go\n');
    await manager.until(/"address":"tcp:/);
    process.kill(gatePid(), 'SIGUSR1');
    const successor = await waitForSuccessor(manager);
    const client = await connectRaw({ port, ca: ca.cert, leaf: alice });
    expect((await client.call('GET', '/_ping')).status).toBe(200);
    client.destroy();
    manager.child.stdin?.end();
    await manager.ended;
    await endProcess(successor);
  });
});
