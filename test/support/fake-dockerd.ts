import { mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeConnection } from './fake/connection.ts';
import { DaemonCall } from './fake/daemon-call.ts';
import { Inbox } from './fake/inbox.ts';
import { readRequestHead } from './fake/request-head.ts';

type Handler = (call: DaemonCall) => unknown;
type CallFilter = string | ((call: DaemonCall) => boolean);

/** As many as the kernel lets wait: thousands of streams may be opened at once. */
const BACKLOG = 4096;

/** What Go reads of a body that the handler left, before it gives the connection up. */
const DRAIN_LIMIT = 256 * 1024;

/**
 * A stand-in for dockerd on a unix socket of its own. It reads HTTP/1 as leniently as Go does, so
 * that a smuggled request shows up as a request, and answers as a test tells it, well or badly. A
 * request that no handler matches waits for the test to take it with `nextCall`.
 */
export class FakeDockerd {
  readonly socketPath: string;
  readonly connections = new Inbox<FakeConnection>();
  readonly calls = new Inbox<DaemonCall>();
  /** Heads that Go refuses before any handler runs, as they came. */
  readonly malformed: Buffer[] = [];
  readonly #directory: string;
  #handlers: { readonly matches: (call: DaemonCall) => boolean; readonly handler: Handler }[] = [];
  #server: Server | undefined;
  #onConnect: (connection: FakeConnection) => void = () => undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.socketPath = join(directory, 'docker.sock');
  }

  get openConnections(): number {
    return this.connections.all.filter((connection) => connection.isOpen).length;
  }

  /** Bytes received over all connections. */
  get bytesReceived(): number {
    return this.connections.all.reduce((sum, connection) => sum + connection.byteCount, 0);
  }

  /** Answers every call that matches; the latest handler that matches wins. */
  on(filter: CallFilter, handler: Handler): void {
    this.#handlers.unshift({ matches: toPredicate(filter), handler });
  }

  /** The next call that matches and that no handler takes, already here or still to come. */
  nextCall(filter: CallFilter = () => true): Promise<DaemonCall> {
    return this.calls.next(toPredicate(filter));
  }

  /** Looks at each new connection before a byte is read from it, for one that misbehaves. */
  onConnect(look: (connection: FakeConnection) => void): void {
    this.#onConnect = look;
  }

  async start(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#accept(socket);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path: this.socketPath, backlog: BACKLOG }, resolve);
    });
  }

  /** Stops listening and drops every connection; the socket file goes, or stays behind dead. */
  async stop({ leaveSocketFile = false } = {}): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const aside = `${this.socketPath}.aside`;
    if (leaveSocketFile) await rename(this.socketPath, aside);
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of this.connections.all) connection.destroy();
    await closed;
    if (leaveSocketFile) await rename(aside, this.socketPath);
  }

  async restart(): Promise<void> {
    await this.stop();
    await rm(this.socketPath, { force: true });
    await this.start();
  }

  /** Stops and removes the socket's directory. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #accept(socket: Socket): void {
    const connection = new FakeConnection(socket);
    this.connections.add(connection);
    this.#onConnect(connection);
    void this.#serve(connection);
  }

  async #serve(connection: FakeConnection): Promise<void> {
    for (;;) {
      const head = await readRequestHead(connection.source);
      if (head === undefined) break;
      if ('malformed' in head) {
        this.malformed.push(head.bytes);
        await connection.write(`HTTP/1.1 ${head.malformed}\r\nConnection: close\r\n\r\n`);
        break;
      }
      const call = new DaemonCall(head, connection);
      const outcome = await this.#answer(call);
      if (outcome === 'hijacked' || outcome === 'broken-off') return;
      // Before the next head, Go reads what the handler left of the body.
      if (outcome === 'close' || !(await drained(call))) break;
    }
    connection.end();
  }

  #answer(call: DaemonCall): Promise<string> {
    // Go cancels the request's context when the client ends; handlers that stream then return.
    void call.connection.peerEnded.then(() => {
      if (!call.isHijacked) call.connection.end();
    });
    const entry = this.#handlers.find(({ matches }) => matches(call));
    if (entry === undefined) {
      this.calls.add(call);
    } else {
      this.calls.record(call);
      void entry.handler(call);
    }
    return call.finished;
  }
}

/** A running fake daemon in a directory of its own. */
export async function startFakeDockerd(): Promise<FakeDockerd> {
  const daemon = new FakeDockerd(await mkdtemp(join(tmpdir(), 'dockgate-fake-')));
  await daemon.start();
  return daemon;
}

async function drained({ body }: DaemonCall): Promise<boolean> {
  const before = body.byteCount;
  while (body.byteCount - before <= DRAIN_LIMIT) {
    const { done = false } = await body[Symbol.asyncIterator]().next();
    if (done) return body.isComplete;
  }
  return false;
}

function toPredicate(filter: CallFilter): (call: DaemonCall) => boolean {
  if (typeof filter !== 'string') return filter;
  return (call) => `${call.method} ${call.path}` === filter;
}
