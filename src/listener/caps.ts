import type { DropArgument, Server, Socket } from 'node:net';
import { CallError } from '../errors.ts';
import { peerText, remoteOf, tcpSocketOf } from './remote.ts';

/** How many connections may be open. None of these cuts a connection that is open already. */
export interface ConnectionCaps {
  /** All together. */
  readonly total: number;
  /** Of one user. */
  readonly perUser: number;
  /** That have not shown a certificate yet, or were refused and are being told so. */
  readonly unidentified: number;
}

/** Keeps count of the connections of a server. */
export interface Capacity {
  /**
   * Counts an identified connection until it closes.
   *
   * @param key what tells the user from others; `name` is for the message.
   * @throws CallError `TOO_MANY` where the user has as many as allowed.
   */
  readonly admit: (key: string, name: string, socket: Socket) => void;
  readonly isSurplus: (socket: object) => boolean;
}

/**
 * Holds a server to its caps. What goes over is closed before its handshake costs anything, and
 * reported.
 */
export function capConnections(
  server: Server,
  { total, perUser, unidentified }: ConnectionCaps,
  onRefused: (remote: string, tls: undefined, reason: string) => void,
): Capacity {
  let unknown = 0;
  const users = new Map<string, number>();
  server.maxConnections = total;
  server.on('drop', (peer?: DropArgument) => {
    onRefused(
      peerText(peer?.remoteAddress ?? 'unknown', peer?.remotePort ?? 0),
      undefined,
      `more than ${total} connections`,
    );
  });
  const identified = new WeakSet<object>();
  const surplus = new WeakSet<object>();
  server.prependListener('connection', (socket: Socket) => {
    if (unknown >= unidentified) {
      onRefused(remoteOf(socket), undefined, `more than ${unidentified} unidentified connections`);
      surplus.add(socket);
      socket.destroy();
      return;
    }
    unknown += 1;
    socket.once('close', () => {
      if (!identified.has(socket)) unknown -= 1;
    });
  });
  return {
    isSurplus: (socket) => surplus.has(socket),
    admit: (user, name, socket) => {
      const open = users.get(user) ?? 0;
      if (open >= perUser) {
        throw new CallError('TOO_MANY', `refused: user ${name} has ${perUser} connections open`);
      }
      users.set(user, open + 1);
      unknown -= 1;
      identified.add(tcpSocketOf(socket));
      socket.once('close', () => {
        leave(users, user);
      });
    },
  };
}

function leave(users: Map<string, number>, user: string): void {
  const left = (users.get(user) ?? 1) - 1;
  if (left === 0) users.delete(user);
  else users.set(user, left);
}
