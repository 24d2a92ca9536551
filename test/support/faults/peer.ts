import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inbox } from '../fake/inbox.ts';
import type { TestGate } from '../gate.ts';

/** What a peer tells. */
export interface Word {
  readonly event: string;
  /** Bytes that a client has received, heads and framing included. */
  readonly received: number;
}

/** A client or daemon in a process of its own, which can be stopped, continued and killed. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #words = new Inbox<Word>();

  constructor(script: 'peer-client.mjs' | 'peer-daemon.mjs', args: readonly string[]) {
    this.#child = fork(join(import.meta.dirname, script), args, { execArgv: [] });
    this.#child.on('message', (word) => {
      this.#words.add(word as Word);
    });
  }

  /** The next time that the peer tells of `event`. */
  hears(event: string): Promise<Word> {
    return this.#words.next((word) => word.event === event);
  }

  /** Stops the process; resolves once the kernel runs it no more. */
  async stop(): Promise<void> {
    this.#child.kill('SIGSTOP');
    while (this.#state() !== 'T') await new Promise((resolve) => setImmediate(resolve));
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Kills the process, stopped or not, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** The process state of proc(5): `R`, `S`, `T`, … */
  #state(): string | undefined {
    const stat = readFileSync(`/proc/${this.#child.pid ?? 0}/stat`, 'utf8');
    return /\) (\w)/.exec(stat)?.[1];
  }
}

export interface PeerClientOptions {
  readonly request: Buffer;
  /** Bytes to send behind the request, as fast as they go. */
  readonly pour?: number;
}

/** A client that sends one request, reads what comes, and tells of it. */
export function startPeerClient(
  { port, ca, alice }: TestGate,
  { request, pour = 0 }: PeerClientOptions,
): Peer {
  const { cert, key } = alice;
  const orders = { port, ca: ca.cert, cert, key, request: request.toString('base64'), pour };
  return new Peer('peer-client.mjs', [JSON.stringify(orders)]);
}

/** A daemon on the socket `path`; `backlog` connections may wait for it. */
export async function startPeerDaemon(path: string, backlog = 511): Promise<Peer> {
  const peer = new Peer('peer-daemon.mjs', [path, String(backlog)]);
  await peer.hears('listening');
  return peer;
}
