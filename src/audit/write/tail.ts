import { hashLine, readLink, type Link } from '../chain/link.ts';
import { blocksBackwards, blocksOf } from '../read/blocks.ts';

/** Where the chain in a file ends. */
export interface Tail {
  /** Its last whole line; undefined where the file holds none. */
  readonly link: Link | undefined;
  /** What stands behind that line: the beginning of one that was never finished, as a rule. */
  readonly rest: Buffer;
}

/** More than this behind the last line is no torn line of ours. */
const LONGEST_REST = 1024 * 1024;

/**
 * Reads the end of a plain file, backwards.
 *
 * @returns undefined where the file has something in it, but no line of a chain near its end.
 * @throws CommandError `AUDIT_UNREADABLE`.
 */
export function readTail(file: string): Tail | undefined {
  let rest = Buffer.alloc(0);
  for (const { bytes, start, end, torn } of blocksBackwards(file)) {
    let upTo = end;
    while (!torn && upTo > start) {
      const from = Math.max(start, upTo < 2 ? 0 : bytes.lastIndexOf(0x0a, upTo - 2) + 1);
      const link = readLink(bytes, from, upTo - 1);
      if (link !== undefined) {
        const hash = hashLine(bytes.subarray(from, upTo));
        return { link: { seq: link.seq, hash }, rest: joined(bytes.subarray(upTo, end), rest) };
      }
      upTo = from;
    }
    rest = joined(bytes.subarray(start, end), rest);
    if (rest.length > LONGEST_REST) return undefined;
  }
  return rest.length === 0 ? { link: undefined, rest } : undefined;
}

function joined(before: Buffer, after: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([before, after]);
}

/** The last whole line of a file that may be compressed. */
export async function lastLink(file: string): Promise<Link | undefined> {
  let last: Link | undefined;
  for await (const { bytes, start, end, torn } of blocksOf(file)) {
    if (torn) break;
    let from = Math.max(start, bytes.lastIndexOf(0x0a, end - 2) + 1);
    if (end < 2) from = start;
    const link = readLink(bytes, from, end - 1);
    if (link !== undefined) last = { seq: link.seq, hash: hashLine(bytes.subarray(from, end)) };
  }
  return last;
}
