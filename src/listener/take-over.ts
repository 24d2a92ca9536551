import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Takes a connection away from Node's HTTP parser after a request has been read whole, as Go's
 * `Hijack` does. Node itself does this for upgrades only, while the daemon hijacks attach and exec
 * start without one too: what the client sends next is standard input, not a request.
 *
 * A `data` listener makes Node hand bytes to JavaScript again instead of to its parser, and the
 * parser's own listeners are then taken away. The response of the request must not be used.
 *
 * @returns the raw stream, paused.
 */
export function takeOver(socket: Socket): Duplex {
  for (const event of ['data', 'end', 'drain'] as const) socket.removeAllListeners(event);
  const stub = (): undefined => undefined;
  socket.on('data', stub);
  socket.off('data', stub);
  socket.pause();
  socket.setTimeout(0);
  return socket;
}
