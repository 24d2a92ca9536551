import type { Socket } from 'node:net';
import type { CallError } from '../errors.ts';
import { rawError } from '../http/answer.ts';
import { lingerClose } from '../http/linger.ts';

/** How long a refused peer may stay silent before it is answered unasked, ms. */
const FIRST_BYTES_MS = 5_000;

/**
 * Tells a peer that was not let in why: one fixed answer, written without looking at a byte that
 * the peer sent. It goes out when the first bytes come, so that an HTTP client reads it as the
 * answer to its request; the rest of what the peer sends is discarded.
 *
 * @param error what the peer is told, and with which status.
 */
export function refusePeer(socket: Socket, { status, message }: CallError): void {
  let answered = false;
  const answer = (): void => {
    if (answered) return;
    answered = true;
    clearTimeout(impatience);
    socket.write(rawError(status, message));
    lingerClose(socket, socket);
  };
  const impatience = setTimeout(answer, FIRST_BYTES_MS);
  socket.on('error', () => undefined);
  socket.once('close', () => {
    clearTimeout(impatience);
  });
  socket.once('end', answer);
  socket.once('data', answer);
}
