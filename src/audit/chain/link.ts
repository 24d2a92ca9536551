import { hash } from 'node:crypto';

/** Where a chain stands: the line that was written last. */
export interface Link {
  /** Its number in the chain; the first line has 1, whatever the clock says. */
  readonly seq: number;
  /** SHA-256 over its exact bytes, line end included, as 64 lower-case hex digits. */
  readonly hash: string;
}

/** Before the first line of a chain. */
export const GENESIS: Link = { seq: 0, hash: '0'.repeat(64) };

/** Every line begins with these, in this order, so that they are found without parsing it. */
const HEAD = Buffer.from('{"v":1,"seq":');
const PREV = Buffer.from(',"prev":"');
const HEX_LENGTH = 64;

/**
 * The first bytes of a line that follows `after`.
 *
 * @returns text up to and with the comma behind `prev`.
 */
export function linkText(after: Link): string {
  return `{"v":1,"seq":${after.seq + 1},"prev":"${after.hash}",`;
}

/** SHA-256 over a line, its line end included, in hex: what `sed -n Np FILE | sha256sum` prints. */
export function hashLine(line: Uint8Array | string): string {
  return hash('sha256', line, 'hex');
}

/** What a line says of its place in the chain. */
export interface Linked {
  readonly seq: number;
  readonly prev: string;
  /** Offset of the first byte behind `"prev":"…",`. */
  readonly rest: number;
}

/**
 * Reads the place of a line, without parsing it.
 *
 * @param bytes holds the line from `start` up to `end`, its line end not included.
 * @returns undefined where this is no line of a chain: torn, foreign, or damaged in its first bytes.
 */
export function readLink(bytes: Buffer, start: number, end: number): Linked | undefined {
  if (end - start < HEAD.length || bytes[end - 1] !== 0x7d) return undefined;
  if (bytes.compare(HEAD, 0, HEAD.length, start, start + HEAD.length) !== 0) return undefined;
  let at = start + HEAD.length;
  let seq = 0;
  for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, at)) {
    seq = seq * 10 + digit;
    at += 1;
  }
  const hex = at + PREV.length;
  const rest = hex + HEX_LENGTH + 2;
  if (at === start + HEAD.length || rest > end || !Number.isSafeInteger(seq)) return undefined;
  if (bytes.compare(PREV, 0, PREV.length, at, hex) !== 0) return undefined;
  if (bytes[rest - 2] !== 0x22 || bytes[rest - 1] !== 0x2c) return undefined;
  return { seq, prev: bytes.toString('latin1', hex, hex + HEX_LENGTH), rest };
}

function digitAt(bytes: Buffer, at: number): number {
  const code = (bytes[at] ?? 0) - 0x30;
  return code >= 0 && code <= 9 ? code : -1;
}
