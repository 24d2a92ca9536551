/** When each certificate last made a call, as the trail tells. */
import { open, type FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;

/** Far enough for weeks of an ordinary gate; a certificate not seen in them counts as not seen. */
const MAX_BYTES = 256 * 1024 * 1024;

/** A line longer than this is not one of ours: values are cut when they are written. */
const MAX_LINE_BYTES = 1024 * 1024;

const FINGERPRINT = /"fingerprint":"([0-9a-f]{64})"/;

/**
 * Fingerprint → time of the last call (RFC 3339), for those of `wanted` that the file at `path` tells
 * of. Read from the end, and no further than needed. A file that is not there, cannot be read or
 * holds other lines tells less, and is no error: this is for people to look at, nothing is decided by it.
 */
export async function lastSeen(
  path: string,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  let file;
  try {
    file = await open(path, 'r');
  } catch {
    return seen;
  }
  try {
    for await (const line of linesFromTheEnd(file)) {
      note(line, wanted, seen);
      if (seen.size === wanted.size) break;
    }
  } catch {
    // What was found by then is as good as it was.
  } finally {
    await file.close();
  }
  return seen;
}

function note(line: string, wanted: ReadonlySet<string>, seen: Map<string, string>): void {
  const fingerprint = FINGERPRINT.exec(line)?.[1];
  if (fingerprint === undefined || !wanted.has(fingerprint) || seen.has(fingerprint)) return;
  const record = parse(line);
  if (record?.['fingerprint'] !== fingerprint || typeof record['time'] !== 'string') return;
  if (record['event'] !== 'call' && record['event'] !== 'intent') return;
  if (!Number.isNaN(Date.parse(record['time']))) seen.set(fingerprint, record['time']);
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

async function* linesFromTheEnd(file: FileHandle): AsyncGenerator<string> {
  const { size } = await file.stat();
  const first = Math.max(0, size - MAX_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  for (let end = size; end > first;) {
    const start = Math.max(first, end - CHUNK_BYTES);
    const chunk = Buffer.alloc(end - start);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, start);
    if (bytesRead < chunk.length) return;
    const text = Buffer.concat([chunk, rest]);
    const cut = start === 0 ? 0 : text.indexOf(0x0a) + 1;
    if (cut === 0 && start > 0) {
      // No line ends here: more of it comes with the next chunk, within reason.
      rest = text.length > MAX_LINE_BYTES ? Buffer.alloc(0) : text;
    } else {
      yield* text.subarray(cut).toString('utf8').split('\n').reverse();
      rest = text.subarray(0, cut);
    }
    end = start;
  }
}
