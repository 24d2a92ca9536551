import { checkpointLine, type CheckpointKey } from '../chain/checkpoint.ts';
import { hashLine, linkText, type Link } from '../chain/link.ts';

/** A line that is to be written; its place in the chain is settled when it is. */
export interface Entry {
  /** What somebody appended, the first line of a file, the owning up to losses, others of the log itself. */
  readonly kind: 'record' | 'first' | 'gap' | 'own' | 'checkpoint';
  /** As `recordText` makes it. */
  readonly body: string;
}

/** A line with its place in the chain. */
export interface Line {
  readonly kind: Entry['kind'];
  /** With its line end; printable ASCII. */
  readonly text: string;
  readonly link: Link;
}

/** Lines that were chained, and what is to be written for them. */
export interface Sealed {
  readonly lines: readonly Line[];
  /** In memory that the next call uses again. */
  readonly bytes: Buffer;
}

/** Of a line, what does not stand in its entry: its place in the chain, and the signature of a checkpoint. */
const MOST_AROUND = 512;

/** Enough for what is written in one go as a rule. */
const ROOM = Buffer.allocUnsafeSlow(128 * 1024);

/**
 * Chains entries behind `head`, in order. Without a key there are no checkpoints to seal. Each line becomes bytes once,
 * for its hash and for the file.
 *
 * @param prefix goes before the first line, and belongs to none.
 */
export function seal(
  head: Link,
  entries: readonly Entry[],
  key: CheckpointKey | undefined,
  prefix = '',
): Sealed {
  const room = roomFor(prefix, entries);
  const lines: Line[] = [];
  let link = head;
  let end = room.write(prefix, 0, 'latin1');
  for (const { kind, body } of entries) {
    const text =
      kind === 'checkpoint' && key !== undefined
        ? checkpointLine(link, body, key)
        : `${linkText(link)}${body}\n`;
    const start = end;
    end += room.write(text, start, 'latin1');
    link = { seq: link.seq + 1, hash: hashLine(room.subarray(start, end)) };
    lines.push({ kind, text, link });
  }
  return { lines, bytes: room.subarray(0, end) };
}

function roomFor(prefix: string, entries: readonly Entry[]): Buffer {
  let most = prefix.length;
  for (const { body } of entries) most += body.length + MOST_AROUND;
  return most <= ROOM.length ? ROOM : Buffer.allocUnsafe(most);
}

/** All lines as one text. */
export function textOf(lines: readonly Line[]): string {
  let all = '';
  for (const { text } of lines) all += text;
  return all;
}
