import type { KeyObject } from 'node:crypto';
import type { Block } from '../read/blocks.ts';
import { isSignedBy } from './checkpoint.ts';
import { GENESIS, hashLine, readLink, type Link, type Linked } from './link.ts';

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

const LF = 0x0a;
/** Behind `prev`: `"time":"2026-03-01T12:00:00.000Z","event":"`. */
const TIME_AT = 8;
const EVENT_AT = TIME_AT + 24 + 11;
/** More than this without a line of a chain is no torn line. */
const LONGEST_TEAR = 1024 * 1024;
/** Events of the log itself begin with these letters; no other line has to be looked into. */
const OWN_EVENT = /^(?:log-|gap"|checkpoint")/;

/**
 * Follows one chain through its files, line by line, and finds the first line that is not what was written: changed,
 * removed, added or moved. In doubt a line is wrong.
 *
 * A chain alone can be forged anew by whoever may write the file; what cannot be forged without the key are its
 * checkpoints, so the first line that a forger could have touched unseen is the one behind the last of them.
 */
export class Verifier {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  /** Heads that have to be in the chain; each is struck off when it is met. */
  readonly #expected: Set<string>;
  #file = '';
  #line = 0;
  #fileBegun = false;
  #chain = '';
  #head: Link | undefined;
  #firstSeq = 0;
  #lines = 0;
  #checkpoints = 0;
  #gaps = 0;
  #removedUpTo = 0;
  #last: Place | undefined;
  #suspect: { readonly place: Place; readonly hash: string } | undefined;
  #lastCheckpoint: Place | undefined;
  #tear = Buffer.alloc(0);
  #tearAt = 0;
  #torn = 0;
  #problem: Problem | undefined;

  /** @param keys public keys by their ids. */
  constructor(keys: ReadonlyMap<string, KeyObject>, expected: ReadonlySet<string> = new Set()) {
    this.#keys = keys;
    this.#expected = new Set(expected);
  }

  /** Heads that were expected and have not been met. */
  get missing(): ReadonlySet<string> {
    return this.#expected;
  }

  get hasProblem(): boolean {
    return this.#problem !== undefined;
  }

  beginFile(file: string): void {
    // In a file that others follow, nothing is left unfinished.
    if (this.#tear.length > 0) this.#blame(NO_LINE, { line: this.#tearAt });
    this.#file = file;
    this.#line = 0;
    this.#fileBegun = false;
  }

  /** @param block the next lines of the file. */
  add({ bytes, start, end, torn }: Block): void {
    if (torn) {
      this.#line += 1;
      this.#addTear(bytes, start, end);
      return;
    }
    let from = start;
    while (from < end && this.#problem === undefined) {
      const to = bytes.indexOf(LF, from);
      this.#line += 1;
      const link = readLink(bytes, from, to);
      if (link === undefined) this.#addTear(bytes, from, to + 1);
      else this.#addLine(bytes, from, to, link);
      from = to + 1;
    }
  }

  end(): Verdict {
    this.#settleSuspect(undefined);
    if (this.#tear.length > 0 && this.#problem === undefined) this.#tornEnd();
    const head = this.#head ?? GENESIS;
    return {
      problem: this.#problem,
      lines: this.#lines,
      checkpoints: this.#checkpoints,
      firstSeq: this.#firstSeq,
      head,
      lastCheckpoint: this.#lastCheckpoint,
      unprotected: head.seq - (this.#lastCheckpoint?.seq ?? this.#firstSeq - 1),
      tornBytes: this.#torn,
      gaps: this.#gaps,
      removedUpTo: this.#removedUpTo,
    };
  }

  #addLine(bytes: Buffer, from: number, to: number, link: Linked): void {
    const hash = hashLine(bytes.subarray(from, to + 1));
    const time = bytes.toString('latin1', link.rest + TIME_AT, link.rest + TIME_AT + 24);
    const place = { file: this.#file, line: this.#line, seq: link.seq, time };
    if (this.#suspect !== undefined) {
      this.#settleSuspect(link.prev);
      return;
    }
    const wrong = this.#placeProblem(link);
    if (wrong !== undefined) {
      if (this.#tear.length > 0) this.#blame(NO_LINE, { line: this.#tearAt });
      else if (wrong === DOES_NOT_FOLLOW) this.#suspect = { place, hash };
      else this.#blame(wrong, place);
      return;
    }
    this.#lines += 1;
    this.#head = { seq: link.seq, hash };
    this.#last = place;
    if (this.#expected.size > 0) this.#expected.delete(hash);
    const event = bytes.toString('latin1', link.rest + EVENT_AT, link.rest + EVENT_AT + 12);
    const isOwn = OWN_EVENT.test(event);
    if (!isOwn && this.#fileBegun && this.#tear.length === 0) return;
    const reason = this.#ownProblem(bytes.subarray(from, to), event);
    if (reason !== undefined) this.#blame(reason, place);
    else if (event.startsWith('checkpoint"')) {
      this.#checkpoints += 1;
      this.#lastCheckpoint = place;
    }
  }

  /**
   * Two lines do not fit. If the one behind them fits the second, that one is as it was written, so the first
   * is not; otherwise it is the second.
   */
  #settleSuspect(prev: string | undefined): void {
    const suspect = this.#suspect;
    if (suspect === undefined) return;
    const isIntact = prev === suspect.hash && this.#last !== undefined;
    const place = isIntact ? this.#last : suspect.place;
    if (place !== undefined) this.#blame(isIntact ? CHANGED : DOES_NOT_FOLLOW, place);
  }

  /** Does the line follow the one before? */
  #placeProblem(link: Linked): string | undefined {
    const head = this.#head;
    if (head === undefined) {
      this.#firstSeq = link.seq;
      if (link.seq !== 1 || link.prev === GENESIS.hash) return undefined;
      return 'it is the first line of a chain, but names one before it';
    }
    if (link.seq === head.seq + 1 && link.prev === head.hash) return undefined;
    if (link.seq > head.seq + 1) {
      return `lines ${head.seq + 1} to ${link.seq - 1} are missing before it`;
    }
    if (link.seq <= head.seq) return `it has the number ${link.seq}, but follows ${head.seq}`;
    return DOES_NOT_FOLLOW;
  }

  /** Checks what only the log's own lines say: the beginning of a file, torn lines, signatures. */
  #ownProblem(line: Buffer, event: string): string | undefined {
    const fields = parse(line);
    if (fields === undefined) return 'it is no JSON object';
    const isFirst = !this.#fileBegun;
    this.#fileBegun = true;
    if (isFirst && !/^log-(?:opened|rotated)"/.test(event)) {
      return 'lines before it were taken out: it is no first line of a file';
    }
    if (typeof fields['chain'] === 'string') {
      if (this.#chain !== '' && fields['chain'] !== this.#chain) return 'it is of another chain';
      this.#chain = fields['chain'];
    }
    if (event.startsWith('gap"')) this.#gaps += 1;
    if (typeof fields['last_seq'] === 'number') this.#removedUpTo = fields['last_seq'];
    return (
      this.#tearProblem(fields['torn']) ??
      (event.startsWith('checkpoint"') ? this.#signatureProblem(line, fields) : undefined)
    );
  }

  #signatureProblem(line: Buffer, { key }: Readonly<Record<string, unknown>>): string | undefined {
    const publicKey = this.#keys.get(String(key));
    if (publicKey === undefined)
      return `it is signed with the key ${String(key)}, which was not given`;
    return isSignedBy(line, publicKey) ? undefined : 'its signature does not hold';
  }

  #addTear(bytes: Buffer, from: number, to: number): void {
    if (this.#tear.length === 0) this.#tearAt = this.#line;
    // A copy: the block is filled anew.
    this.#tear = Buffer.concat([this.#tear, bytes.subarray(from, to)]);
    if (this.#tear.length > LONGEST_TEAR) this.#blame(NO_LINE, { line: this.#tearAt });
  }

  /** A torn line is one that the line behind it owns up to, by its exact bytes. */
  #tearProblem(torn: unknown): string | undefined {
    const tear = this.#tear;
    if (tear.length === 0) {
      return torn === undefined
        ? undefined
        : 'it tells of a torn line before it, which is not there';
    }
    const told = typeof torn === 'object' && torn !== null ? (torn as { sha256?: unknown }) : {};
    this.#tear = Buffer.alloc(0);
    if (told.sha256 === hashLine(tear)) return undefined;
    this.#blame(NO_LINE, { line: this.#tearAt });
    return NO_LINE;
  }

  /** Nothing but the end of the trail may be torn without a word about it. */
  #tornEnd(): void {
    const isUnfinished = this.#tear.indexOf(LF) < 0;
    if (isUnfinished) this.#torn = this.#tear.length;
    else this.#blame(NO_LINE, { line: this.#tearAt });
    this.#tear = Buffer.alloc(0);
  }

  #blame(reason: string, place: Omit<Place, 'file'> & { readonly file?: string }): void {
    this.#problem ??= { file: this.#file, ...place, reason };
  }
}

const DOES_NOT_FOLLOW = 'it does not follow from the line before it';
const CHANGED = 'it was changed: the line behind it follows from another one';
const NO_LINE = 'it is no line of the trail, and the line behind it does not know of it';

function parse(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line.toString('latin1')) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
