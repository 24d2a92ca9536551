import { randomBytes } from 'node:crypto';
import type { CheckpointKey } from '../chain/checkpoint.ts';
import type { Link } from '../chain/link.ts';
import type { Target } from './target.ts';

/** What is promised of a line that has been appended. */
export type Durability = 'write' | 'fsync' | 'buffer';

/**
 * `now`: the line is written at once, after a look at the file, whether it is still there. `awaited`: likewise, but where lines
 * are gathered a call waits until `settled` says that it has been. `after`: what the line tells of has happened. `soon`: likewise, and
 * it may wait a little where the durability allows it.
 */
export type Urgency = 'now' | 'awaited' | 'after' | 'soon';

/** What has been written to a log. */
export interface LogCounts {
  readonly lines: number;
  readonly bytes: number;
  /** Writes that failed. */
  readonly failures: number;
  /** Lines that were lost by that. */
  readonly lost: number;
}

/** How a log behaves. */
export interface LogOptions {
  /**
   * `write`: with the kernel. `fsync`: on the disk, once `settled` says so. `buffer`: with the kernel, but
   * lines of harmless reads may wait in memory.
   */
  readonly durability: Durability;
  /** A file this large is rotated before it grows further, bytes; 0: never. */
  readonly maxBytes: number;
  /** A file whose first line is older is rotated, ms; 0: never. */
  readonly maxAgeMs: number;
  /** So many lines, and so much time with lines in it, go without a checkpoint at the most. */
  readonly checkpointLines: number;
  readonly checkpointMs: number;
}

/** Where a chain is taken up. */
export interface Start {
  /** Names the chain; the same in all of its files. */
  readonly chain: string;
  readonly head: Link;
  /** What stands in the file behind the line `head`. */
  readonly rest: Buffer;
  /** When the file began, ms since the epoch. */
  readonly since: number;
  /** Goes into the first line of a file: where the lines before it are. */
  readonly predecessor?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Lines of one turn of the event loop are written together at its end, but for those that are to be there `now`: many
 * calls at once take one system call then.
 */
export interface Gathers {
  /**
   * How long ago the file may have been looked at before lines are written that calls wait for, ms. Whoever takes the file
   * away loses the lines of that time with all that stood in it.
   */
  readonly lookMs: number;
}

export interface LogParts {
  /** Path of the log, or `-`. */
  readonly file: string;
  readonly target: Target;
  /** Signs checkpoints; without one there are none. */
  readonly key: CheckpointKey | undefined;
  readonly start: Start;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Called when a file has been rotated away. */
  readonly onRotated: () => void;
  /** Called when the log can no longer be written, with the reason, and when it can again. */
  readonly onState?: ((failure: string | undefined) => void) | undefined;
  /** Where lines are gathered. Otherwise `append` writes. */
  readonly gathers?: Gathers | undefined;
  /** False where another process has taken the log over. */
  readonly isHeld: () => boolean;
}

/** A new name for a chain. */
export function newChain(): string {
  return randomBytes(16).toString('hex');
}
