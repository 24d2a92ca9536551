import type { Readable } from 'node:stream';

/** What takes bytes, and says when it can take more. */
interface Sink {
  /** @returns false where the caller should wait for `drain`. */
  write(bytes: Buffer): boolean;
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/**
 * Copies `source` to `sink` with backpressure: the source is paused while the sink is full. Ends
 * nothing and destroys nothing; what the end of either side means is the caller's to say.
 *
 * @param onBytes told the size of each chunk, in bytes, as it passes.
 * @returns stops the copying; the source is left paused.
 */
export function pump(source: Readable, sink: Sink, onBytes: (count: number) => void): () => void {
  const onData = (chunk: Buffer): void => {
    onBytes(chunk.length);
    if (!sink.write(chunk)) source.pause();
  };
  const onDrain = (): void => {
    source.resume();
  };
  source.on('data', onData);
  sink.on('drain', onDrain);
  return () => {
    source.off('data', onData);
    sink.off('drain', onDrain);
    source.pause();
  };
}
