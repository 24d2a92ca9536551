import type { DropArgument, Server, Socket } from 'node:net';
import { CallError } from '../errors.ts';
import { peerText, remoteOf, tcpSocketOf } from './remote.ts';
import { Unidentified } from './unidentified.ts';

/** How many connections may be open. None of these cuts a connection that was identified. */
export interface ConnectionCaps {
  /** All together. */
  readonly total: number;
  /** Of one user. */
  readonly perUser: number;
  /** That have not shown a certificate yet, or were refused and are being told so. */
  readonly unidentified: number;
}

/** {@link ConnectionCaps}, and how fast connections may come. */
export interface ListenerCaps extends ConnectionCaps {
  /** Handshakes a second of one source while another one has a connection; 0: no limit. */
  readonly handshakesPerSecond: number;
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
 * Holds a server to its caps. What goes over is closed, and reported: as a rule the newcomer, before its handshake costs
 * anything. A source that has more unidentified connections than others gives way to theirs.
 */
export function capConnections(
  server: Server,
  { total, perUser, unidentified }: ConnectionCaps,
  onRefused: (remote: string, tls: undefined, reason: string) => void,
): Capacity {
  const unknown = new Unidentified();
  const users = new Map<string, number>();
  server.maxConnections = total;
  server.on('drop', (peer?: DropArgument) => {
    onRefused(
      peerText(peer?.remoteAddress ?? 'unknown', peer?.remotePort ?? 0),
      undefined,
      `more than ${total} connections`,
    );
  });
  const surplus = new WeakSet<object>();
  server.prependListener('connection', (socket: Socket) => {
    if (unknown.size >= unidentified) {
      const one = unknown.surplus(socket);
      onRefused(remoteOf(one), undefined, `more than ${unidentified} unidentified connections`);
      surplus.add(one);
      unknown.delete(one);
      one.destroy();
      if (one === socket) return;
    }
    unknown.add(socket);
  });
  return {
    isSurplus: (socket) => surplus.has(socket),
    admit: (user, name, socket) => {
      const open = users.get(user) ?? 0;
      if (open >= perUser) {
        throw new CallError('TOO_MANY', `refused: user ${name} has ${perUser} connections open`);
      }
      users.set(user, open + 1);
      unknown.delete(tcpSocketOf(socket));
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
