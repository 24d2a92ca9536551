import { duplexPair, type Duplex, type Readable } from 'node:stream';

/** A small buffer, so that backpressure comes soon, bytes. */
export const HIGH_WATER_MARK = 1_024;

/** Two ends of a connection in memory, half-open like a socket with `allowHalfOpen`. */
export function connection(): readonly [peer: Duplex, ours: Duplex] {
  const [peer, ours] = duplexPair({ highWaterMark: HIGH_WATER_MARK });
  peer.on('error', () => undefined);
  return [peer, ours];
}

/** Gives everything that is under way in memory the time to happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

/** What is there to be read now. (From Node 26 on, one `read()` gives one chunk.) */
export function available(stream: Readable): string {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk === null) return Buffer.concat(chunks).toString('latin1');
    chunks.push(chunk);
  }
}

/** Everything up to the end of a stream, which is left as it is (a loop would destroy it). */
export function textOf(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => {
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    stream.once('error', reject);
    stream.resume();
  });
}
