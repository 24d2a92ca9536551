import type { ServerResponse } from 'node:http';
import type { EngineResponse } from '../engine/types.ts';
import { CallError } from '../errors.ts';
import type { CallEnd } from '../exchange.ts';
import { endToEnd } from '../http/headers.ts';

/**
 * Hands the daemon's answer to the client as it comes: head at once, body with backpressure,
 * delimited the way the daemon delimited it.
 *
 * An answer that the daemon breaks off is broken off for the client too, never ended as if whole.
 *
 * @param onBytes told the size of each piece of body, in bytes.
 * @returns how it ended, once nothing more will be written.
 * @throws CallError `DAEMON_BROKE_OFF` where the head could not be written as it came; nothing has
 * been written then.
 */
export function relayResponse(
  answer: EngineResponse,
  response: ServerResponse,
  onBytes: (count: number) => void,
): Promise<CallEnd> {
  checkHead(answer);
  writeHead(answer, response);
  return new Promise((resolve) => {
    response.on('finish', () => {
      resolve('complete');
    });
    response.on('close', () => {
      resolve('client-gone');
    });
    const body = { hasBegun: false };
    answer.read({
      piece: (bytes, done) => {
        body.hasBegun = true;
        onBytes(bytes.length);
        // Node joins text with the head, and copies bytes behind it: 1 µs less for a short answer.
        if (bytes.length <= SHORT) response.write(bytes.toString('latin1'), 'latin1', done);
        else response.write(bytes, done);
      },
      end: (trailers) => {
        body.hasBegun = true;
        // Node drops what is written to a connection that it is closing, and would say that it has left; `close` follows.
        if (response.socket?.destroyed === true) return;
        if (trailers.length > 0) response.addTrailers(pairsOf(trailers));
        response.end();
      },
      broken: () => {
        resolve(response.closed ? 'client-gone' : 'daemon-gone');
        breakOff(response);
      },
    });
    // `docker run` starts the container once it has the head of /wait, whose body comes at the exit. What has come
    // with the head leaves with it.
    if (!body.hasBegun) response.flushHeaders();
  });
}

/** Bytes up to which it is cheaper to make text of them. */
const SHORT = 4096;

/** Node's writer throws on what is no final answer: no daemon answers like this. */
function checkHead({ status, statusText }: EngineResponse): void {
  if (status >= 200 && status <= 999 && /^[\t\x20-\x7e\x80-\xff]*$/.test(statusText)) return;
  throw new CallError('DAEMON_BROKE_OFF', 'the Docker daemon answered with a malformed head');
}

/** Bodies of these are empty whatever the head says (RFC 9112 section 6.3). */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

function writeHead(answer: EngineResponse, response: ServerResponse): void {
  const { status, statusText, headers, isFramed } = answer;
  // Only the daemon's own Date; a second clock would contradict it.
  response.sendDate = false;
  if (!isFramed && !BODILESS.has(status) && response.req.method !== 'HEAD') {
    // Delimited by the end of the connection, as exec start without an upgrade is: so is ours.
    response.removeHeader('transfer-encoding');
    response.shouldKeepAlive = false;
  }
  // The upload goes on behind the answer (a failing build): the connection ends after it.
  if (!response.req.complete) response.shouldKeepAlive = false;
  response.writeHead(status, statusText, endToEnd(headers));
}

/**
 * Closes without the end of the body (no last chunk, a short Content-Length, no close_notify),
 * after what has arrived so far is on its way.
 */
function breakOff({ socket }: ServerResponse): void {
  // An empty write is done when those before it are; `drain` would come for a full buffer only.
  socket?.write('', () => socket.destroy());
}

function pairsOf(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return pairs;
}
