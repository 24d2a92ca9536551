import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Random } from '../body/random.ts';
import { ByteSource } from '../fake/byte-source.ts';
import type { Script } from './script.ts';

/** A daemon that answers each call as its script says, byte for byte. The target of a call names it: `c12` is number 12. */
export class ScriptedDaemon {
  readonly scripts = new Map<number, Script>();
  readonly sockets = new Set<Socket>();
  /** What no client does that is in order. */
  readonly problems: string[] = [];
  readonly #random: Random;
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    void this.#serve(socket, new ByteSource(socket));
  });

  constructor(random: Random) {
    this.#random = random;
  }

  async listen(path: string): Promise<void> {
    this.#server.listen({ path, backlog: 4096 });
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  async #serve(socket: Socket, source: ByteSource): Promise<void> {
    for (;;) {
      const head = (await source.readUntil('\r\n\r\n'))?.toString('latin1');
      if (head === undefined) break;
      const script = this.scripts.get(Number(/\bc(\d+)\b/.exec(head)?.[1]));
      if (script === undefined) this.problems.push(`a call that nobody made: ${head}`);
      if (script === undefined) break;
      script.seen += 1;
      const body = readBody(source, head).then((received) => {
        script.received = received;
      });
      if (!script.early) await body;
      const isWhole = await this.#answer(socket, script);
      const isHijacked = script.framing === 'tunnel' || script.framing === 'raw';
      if (isWhole && isHijacked) script.piped = await source.readAll();
      await body;
      // Now and then one that could go on is closed.
      if (!isWhole || !script.persistent || this.#random.chance(0.05)) break;
    }
    if (this.#random.chance(0.5)) socket.end();
    socket.destroySoon();
  }

  /** @returns whether all of it was sent. */
  async #answer(socket: Socket, { wire, cuts, killAt = wire.length }: Script): Promise<boolean> {
    let sent = 0;
    for (const size of cuts) {
      const piece = wire.subarray(sent, Math.min(sent + size, killAt));
      sent += piece.length;
      await new Promise<void>((resolve) => {
        socket.once('close', resolve);
        socket.write(piece, () => {
          socket.off('close', resolve);
          resolve();
        });
      });
      if (sent === killAt || socket.destroyed) break;
      if (this.#random.chance(0.5)) await new Promise(setImmediate);
    }
    return sent === wire.length && !socket.destroyed;
  }
}

/** As the head says; what is there of one that is broken off. */
async function readBody(source: ByteSource, head: string): Promise<Buffer> {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return source.readExactly(Number(length));
  const chunks: Buffer[] = [];
  for (let isLast = !/\r\ntransfer-encoding/i.test(head); !isLast;) {
    const line = await source.readUntil('\r\n');
    const size = Number.parseInt(line?.toString('latin1') ?? '0', 16);
    chunks.push(await source.readExactly(size));
    await source.readExactly(2);
    isLast = size === 0;
  }
  return Buffer.concat(chunks);
}
