import type { Link } from './link.ts';

/** Where a line stands, for a person to find it. */
export interface Place {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly seq?: number | undefined;
  /** As written in the line; undefined where it cannot be read. */
  readonly time?: string | undefined;
}

/** The first thing that is wrong with a chain. */
export interface Problem extends Place {
  readonly reason: string;
}

/** What is known of a chain whose lines have all been seen. */
export interface Verdict {
  readonly problem: Problem | undefined;
  readonly lines: number;
  readonly checkpoints: number;
  /** Number of the first line; lines before it are not among the files. */
  readonly firstSeq: number;
  /** The chain's end: keep its hash elsewhere, and give it to `--expect-head` later. */
  readonly head: Link;
  readonly lastCheckpoint: Place | undefined;
  /** Lines behind the last checkpoint, which nothing protects yet. */
  readonly unprotected: number;
  /** Bytes of a last line that was never finished. */
  readonly tornBytes: number;
  /** Lines that own up to losses and to torn lines. */
  readonly gaps: number;
  /** Number of the last line that was deleted by retention, as the chain itself says. */
  readonly removedUpTo: number;
}
