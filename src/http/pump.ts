import type { Readable } from 'node:stream';
import { Gathering, type Gatherable } from './gather.ts';

/** What takes bytes, and says when it can take more. */
interface Sink extends Gatherable {
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/**
 * Copies `source` to `sink` with backpressure: the source is paused while the sink is full. What comes in one turn leaves
 * in one go. Ends nothing and destroys nothing; what the end of either side means is the caller's to say.
 *
 * @param onBytes told the size of each chunk, in bytes, as it passes.
 * @returns stops the copying; the source is left paused.
 */
export function pump(source: Readable, sink: Sink, onBytes: (count: number) => void): () => void {
  const gathering = new Gathering(sink);
  const onData = (chunk: Buffer): void => {
    onBytes(chunk.length);
    if (!gathering.write(chunk)) source.pause();
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
