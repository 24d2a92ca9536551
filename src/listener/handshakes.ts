import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** A handshake takes about a millisecond; so many are begun in one round of the event loop. */
const IN_A_ROUND = 2;

/**
 * Has the handshakes of a server begin few at a time. Connections that come together would all have
 * their first flight answered in one round of the event loop, 100 ms for a hundred of them, and
 * everybody else would wait for that. Those that have to wait keep their order; nothing of them is
 * looked at meanwhile, and one that goes is forgotten.
 *
 * To be called before anybody else listens for connections of the server.
 */
export function beginHandshakesInTurns(server: Server): void {
  const handshakes = server.listeners('connection');
  server.removeAllListeners('connection');
  const waiting: Socket[] = [];
  let begun = 0;
  let round: NodeJS.Immediate | undefined;
  const begin = (socket: Socket): void => {
    if (socket.destroyed) return;
    begun += 1;
    for (const listener of handshakes) listener.call(server, socket);
  };
  const nextRound = (): void => {
    round = undefined;
    begun = 0;
    for (const socket of waiting.splice(0, IN_A_ROUND)) begin(socket);
    if (begun > 0 || waiting.length > 0) round = setImmediate(nextRound);
  };
  server.on('connection', (socket: Socket) => {
    round ??= setImmediate(nextRound);
    if (begun < IN_A_ROUND && waiting.length === 0) begin(socket);
    else {
      // Nobody else hears of one that goes before its turn.
      socket.on('error', () => undefined);
      waiting.push(socket);
    }
  });
}
