import type { Duplex } from 'node:stream';
import type { TakePiece } from '../engine/types.ts';
import type { CallEnd } from '../exchange.ts';
import { Gathering } from '../http/gather.ts';

/** Both ends of an upgraded call, and what each side sent before the tunnel stood. */
export interface TunnelEnds {
  readonly client: Duplex;
  readonly clientEarly: Buffer;
  /** Stays half-open until both sides have ended, as the client does. */
  readonly daemon: Duplex;
  readonly daemonEarly: Buffer;
  /** Begins to hand over what the daemon sends. */
  readonly readDaemon: (take: TakePiece) => void;
}

/** Bytes that went through: `in` from the client, `out` to the client. */
export interface TunnelMeter {
  in: number;
  out: number;
}

/**
 * Copies both ways until both sides have closed, with backpressure and half-close: the end of one
 * side's stream becomes the end of the other's, and the way back stays open for as long as it is
 * used. The gate ends neither side on its own initiative, and there is no idle limit.
 *
 * @returns how it ended; both sockets are then closed.
 */
export async function tunnel(ends: TunnelEnds, meter: TunnelMeter): Promise<CallEnd> {
  const ended = watchEnds(ends);
  copyDown(ends, meter);
  copyUp(ends, meter);
  return ended;
}

/**
 * The daemon's orderly end completes the call, whatever happens to the sockets afterwards: after
 * it a write error towards the daemon must not take away output that the client has yet to read.
 */
function watchEnds({ client, daemon }: TunnelEnds): Promise<CallEnd> {
  return new Promise((resolve) => {
    let cause: CallEnd | undefined;
    const cut = (end: CallEnd): void => {
      cause ??= end;
      client.destroy();
      daemon.destroy();
    };
    let open = 2;
    const closed = (): void => {
      open -= 1;
      if (open === 0) resolve(cause ?? 'complete');
    };
    daemon.on('error', () => {
      if (!daemon.readableEnded) cut('daemon-gone');
    });
    daemon.once('close', () => {
      if (!daemon.readableEnded) cut('daemon-gone');
      closed();
    });
    client.on('error', () => {
      cut(daemon.readableEnded ? 'complete' : 'client-gone');
    });
    client.once('close', () => {
      cut(daemon.readableEnded ? 'complete' : 'client-gone');
      closed();
    });
    if (client.closed) {
      cut('client-gone');
      closed();
    }
  });
}

function copyDown(ends: TunnelEnds, meter: TunnelMeter): void {
  const { client, daemon, daemonEarly, readDaemon } = ends;
  const forward = (piece: Buffer, done?: () => void): void => {
    meter.out += piece.length;
    client.write(piece, done);
  };
  daemon.once('end', () => {
    client.end();
    // A client that waits for the daemon to read on has lost its reader; see copyUp.
    client.resume();
  });
  if (daemonEarly.length > 0) forward(daemonEarly);
  readDaemon(forward);
}

/**
 * The client's bytes go up with backpressure. Once the daemon has ended its side it reads no more
 * (it closes its half when the process is gone, and never the other): from then on bytes that find
 * no room are dropped. Otherwise `yes | docker run -i … head` would never be read to its end, and
 * the pair of sockets would stay for ever.
 */
function copyUp({ client, clientEarly, daemon }: TunnelEnds, meter: TunnelMeter): void {
  const gathering = new Gathering(daemon);
  const forward = (chunk: Buffer): void => {
    meter.in += chunk.length;
    if (!daemon.writable || (daemon.readableEnded && daemon.writableNeedDrain)) return;
    if (!gathering.write(chunk) && !daemon.readableEnded) client.pause();
  };
  daemon.on('drain', () => client.resume());
  client.once('end', () => {
    if (daemon.readableEnded && daemon.writableNeedDrain) daemon.destroy();
    else daemon.end();
  });
  if (clientEarly.length > 0) forward(clientEarly);
  client.on('data', forward);
  if (!daemon.writableNeedDrain) client.resume();
}
