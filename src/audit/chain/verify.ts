import type { KeyObject } from 'node:crypto';
import type { Block } from '../read/blocks.ts';
import { isSignedBy } from './checkpoint.ts';
import { GENESIS, hashLine, readLink, type Link, type Linked } from './link.ts';
import { EVENT_AT, eventAt, isOwnEvent, parseOwn, timeAt } from './own-line.ts';
import { Tear } from './tear.ts';
import type { Place, Problem, Verdict } from './verdict.ts';

const LF = 0x0a;
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
  #removed = 0;
  #removedUpTo = 0;
  /** The line before, and where it is to be found as long as its block is. */
  #last: Place | undefined;
  #lastRest = -1;
  #lastLine = 0;
  #suspect: { readonly place: Place; readonly hash: string } | undefined;
  #lastCheckpoint: Place | undefined;
  readonly #tear = new Tear();
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

  beginFile(file: string): void {
    // In a file that others follow, nothing is left unfinished.
    if (this.#tear.isThere) this.#blameTear();
    this.#file = file;
    this.#line = 0;
    this.#fileBegun = false;
  }

  /**
   * @param block the next lines of the file.
   * @returns false once something is wrong.
   */
  add({ bytes, start, end, torn }: Block): boolean {
    if (torn) {
      this.#line += 1;
      this.#addTear(bytes, start, end);
      return this.#problem === undefined;
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
    this.#keepLast(bytes);
    return this.#problem === undefined;
  }

  end(): Verdict {
    this.#settleSuspect(undefined);
    if (this.#tear.isThere && this.#problem === undefined) this.#tornEnd();
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
    if (this.#suspect !== undefined) {
      this.#settleSuspect(link.prev);
      return;
    }
    const hash = hashLine(bytes.subarray(from, to + 1));
    const wrong = this.#placeProblem(link);
    if (wrong !== undefined) {
      this.#misplaced(wrong, bytes, link, hash);
      return;
    }
    this.#lines += 1;
    this.#head = { seq: link.seq, hash };
    this.#lastRest = link.rest;
    this.#lastLine = this.#line;
    if (this.#expected.size > 0) this.#expected.delete(hash);
    if (this.#fileBegun && !this.#tear.isThere && !isOwnEvent(bytes, link.rest + EVENT_AT)) return;
    this.#ownLine(bytes, from, to, link);
  }

  #misplaced(wrong: string, bytes: Buffer, link: Linked, hash: string): void {
    if (this.#tear.isThere) {
      this.#blameTear();
      return;
    }
    const place = this.#placeOf(bytes, link.seq, link.rest, this.#line);
    if (wrong !== DOES_NOT_FOLLOW) {
      this.#blame(wrong, place);
      return;
    }
    this.#suspect = { place, hash };
    this.#keepLast(bytes);
  }

  #ownLine(bytes: Buffer, from: number, to: number, link: Linked): void {
    const event = eventAt(bytes, link.rest);
    const reason = this.#ownProblem(bytes.subarray(from, to), event);
    const isCheckpoint = event.startsWith('checkpoint"');
    if (reason === undefined && !isCheckpoint) return;
    const place = this.#placeOf(bytes, link.seq, link.rest, this.#line);
    if (reason !== undefined) {
      this.#blame(reason, place);
      return;
    }
    this.#checkpoints += 1;
    this.#lastCheckpoint = place;
    // What nobody has signed yet excuses nothing.
    this.#removedUpTo = this.#removed;
  }

  #placeOf(bytes: Buffer, seq: number, rest: number, line: number): Place {
    return { file: this.#file, line, seq, time: timeAt(bytes, rest) };
  }

  /** Where the last line stands, before its block is filled anew. */
  #keepLast(bytes: Buffer): void {
    if (this.#lastRest < 0 || this.#head === undefined) return;
    this.#last = this.#placeOf(bytes, this.#head.seq, this.#lastRest, this.#lastLine);
    this.#lastRest = -1;
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
    if (link.seq <= head.seq && !this.#fileBegun) {
      return `it begins with line ${link.seq}, which another file has too: it may be a copy`;
    }
    if (link.seq <= head.seq) return `it has the number ${link.seq}, but follows ${head.seq}`;
    return DOES_NOT_FOLLOW;
  }

  /** Checks what only the log's own lines say: the beginning of a file, torn lines, signatures. */
  #ownProblem(line: Buffer, event: string): string | undefined {
    const fields = parseOwn(line);
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
    if (event.startsWith('log-removed"')) this.#removed = Number(fields['last_seq']);
    return (
      this.#tearProblem(fields['torn']) ??
      (event.startsWith('checkpoint"') ? this.#signatureProblem(line, fields) : undefined)
    );
  }

  #signatureProblem(line: Buffer, { key }: Readonly<Record<string, unknown>>): string | undefined {
    const publicKey = this.#keys.get(String(key));
    if (publicKey === undefined) return `it is signed with the key ${String(key)}, ${NOT_GIVEN}`;
    return isSignedBy(line, publicKey) ? undefined : 'its signature does not hold';
  }

  #addTear(bytes: Buffer, from: number, to: number): void {
    this.#tear.add(bytes, from, to, this.#line);
    if (this.#tear.isTooLong) this.#blameTear();
  }

  /** A torn line is one that the line behind it owns up to, by its exact bytes. */
  #tearProblem(torn: unknown): string | undefined {
    if (!this.#tear.isThere) {
      return torn === undefined
        ? undefined
        : 'it tells of a torn line before it, which is not there';
    }
    if (!this.#tear.isTold(torn)) {
      this.#blameTear();
      return NO_LINE;
    }
    this.#tear.clear();
    return undefined;
  }

  /** Nothing but the end of the trail may be torn without a word about it. */
  #tornEnd(): void {
    const { unfinished } = this.#tear;
    if (unfinished === undefined) this.#blameTear();
    else this.#torn = unfinished;
  }

  #blameTear(): void {
    this.#blame(NO_LINE, { line: this.#tear.line });
    this.#tear.clear();
  }

  #blame(reason: string, place: Omit<Place, 'file'> & { readonly file?: string }): void {
    this.#problem ??= { file: this.#file, ...place, reason };
  }
}

/** Ends what is said of a key that is not among those to verify with. */
export const NOT_GIVEN = 'which was not given';
const DOES_NOT_FOLLOW = 'it does not follow from the line before it';
const CHANGED = 'it was changed: the line behind it follows from another one';
const NO_LINE = 'it is no line of the trail, and the line behind it does not know of it';
