import type { Readable } from 'node:stream';

/**
 * Keeps a copy of a body that somebody else reads, beside them. To be called before they begin.
 *
 * @param max bytes; of a longer body nothing is kept.
 * @returns gives what has come until then; undefined where it is too long.
 */
export function keepBody(body: Readable, max: number): () => Buffer | undefined {
  let kept: Buffer[] | undefined = [];
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > max) kept = undefined;
    kept?.push(chunk);
  });
  return () => kept && Buffer.concat(kept);
}
