/**
 * Does the end of input travel to the daemon without taking the output with it? No container is
 * needed: `POST /session`, upgraded to h2c, makes the daemon take the connection over and speak
 * first, as the client of an HTTP/2 connection. Our input ends as soon as the head of its 101 is
 * here, so that what it says (its preface) is mostly still on the way and has to arrive behind our
 * end. The daemon, which has lost its peer, then ends as well. Left alone it would wait longer than
 * this does (11 s with dockerd 20.10), so an end within the limit shows that ours reached it.
 */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';

/** What came of one try. */
export interface HalfClose {
  /** Status of the answer; 0 where none came. */
  readonly status: number;
  /** What came behind the answer's head, at most 4 KiB. */
  readonly text: string;
  /**
   * The daemon's words came `after` our end of input, `before` it, or not at all (`lost`). A daemon
   * that hears of the end early enough says nothing: one time in a hundred with dockerd 20.10.
   */
  readonly words: 'after' | 'before' | 'lost';
  /** True where the other side ended in order, within the limit. */
  readonly ended: boolean;
}

const LIMIT_MS = 5_000;
const MAX_TEXT = 4096;
const END_OF_HEAD = '\r\n\r\n';

/** What every HTTP/2 client says first (RFC 9113, 3.4). */
const PREFACE = 'PRI * HTTP/2.0';

/** One try; the connection is used up. */
export function tryHalfClose(connection: Duplex): Promise<HalfClose> {
  return new Promise((resolve) => {
    let seen = '';
    let wordsBeforeEnd: boolean | undefined;
    const finish = (ended: boolean): void => {
      clearTimeout(late);
      connection.removeAllListeners('close').destroy();
      resolve(outcome(seen, wordsBeforeEnd, ended));
    };
    const endInput = (): void => {
      if (wordsBeforeEnd !== undefined) return;
      wordsBeforeEnd = seen.includes(PREFACE);
      connection.end();
    };
    const late = setTimeout(finish, LIMIT_MS, false);
    connection.on('error', () => undefined);
    connection.on('data', (chunk: Buffer) => {
      if (seen.length < MAX_TEXT) seen += chunk.toString('latin1');
      // Not in this event: ending a TLS socket drops what it has received and not yet handed out.
      if (seen.includes(END_OF_HEAD)) setImmediate(endInput);
    });
    connection.once('end', () => {
      finish(true);
    });
    connection.once('close', () => {
      finish(false);
    });
    connection.write(request());
  });
}

function request(): string {
  return [
    'POST /session HTTP/1.1',
    'Host: docker',
    'User-Agent: dockgate-doctor',
    'Connection: Upgrade',
    'Upgrade: h2c',
    // BuildKit tells sessions apart by it, and refuses one that it knows already.
    `X-Docker-Expose-Session-Uuid: ${randomUUID()}`,
    'X-Docker-Expose-Session-Name: dockgate-doctor',
    '',
    '',
  ].join('\r\n');
}

function outcome(seen: string, wordsBeforeEnd: boolean | undefined, ended: boolean): HalfClose {
  const at = seen.indexOf(END_OF_HEAD);
  const text = at === -1 ? '' : seen.slice(at + END_OF_HEAD.length);
  const spoken = wordsBeforeEnd === true ? 'before' : 'after';
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(seen)?.[1] ?? 0),
    text,
    words: text.includes(PREFACE) ? spoken : 'lost',
    ended,
  };
}
