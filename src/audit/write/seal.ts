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

/** Chains entries behind `head`, in order. Without a key there are no checkpoints to seal. */
export function seal(
  head: Link,
  entries: readonly Entry[],
  key: CheckpointKey | undefined,
): Line[] {
  const lines: Line[] = [];
  let link = head;
  for (const { kind, body } of entries) {
    const text =
      kind === 'checkpoint' && key !== undefined
        ? checkpointLine(link, body, key)
        : `${linkText(link)}${body}\n`;
    link = { seq: link.seq + 1, hash: hashLine(text) };
    lines.push({ kind, text, link });
  }
  return lines;
}

/** All lines as one text. */
export function textOf(lines: readonly Line[]): string {
  let all = '';
  for (const { text } of lines) all += text;
  return all;
}
