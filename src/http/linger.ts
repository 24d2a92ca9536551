import type { Readable } from 'node:stream';

/** A stream that can be closed in one direction and then altogether. */
interface Closable {
  readonly destroyed: boolean;
  end(flushed: () => void): unknown;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** How much a peer may still send to an answer that has been given, and for how long. */
const LINGER_BYTES = 16 * 1024 * 1024;
const LINGER_MS = 10_000;

/**
 * Closes a connection on which the peer may still be sending. Closing at once would reset it, and
 * the peer's kernel would drop the answer unread; so: end our side, discard what still comes up
 * to a cap, close hard after 10 s.
 *
 * @param socket the connection; its answer has been written.
 * @param incoming what the peer is still sending: the socket itself, or the request on it.
 */
export function lingerClose(socket: Closable, incoming: Readable): void {
  if (socket.destroyed) return;
  let left = LINGER_BYTES;
  let done = { theirs: false, ours: false };
  const close = (): void => {
    socket.destroy();
  };
  const half = (side: Partial<typeof done>): void => {
    done = { ...done, ...side };
    if (done.theirs && done.ours) close();
  };
  const deadline = setTimeout(close, LINGER_MS);
  socket.once('close', () => {
    clearTimeout(deadline);
  });
  incoming.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) close();
  });
  incoming.on('error', close);
  if (incoming.readableEnded) half({ theirs: true });
  incoming.once('end', () => {
    half({ theirs: true });
  });
  socket.end(() => {
    half({ ours: true });
  });
  incoming.resume();
}
