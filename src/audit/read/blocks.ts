import fs from 'node:fs';
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { CommandError, systemCode } from '../../errors.ts';

/**
 * A run of whole lines, each with its line end, between `start` and `end` of `bytes`. The bytes are good until the
 * next block is asked for.
 */
export interface Block {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** True for what stands behind the last line end of a file: a line that was never finished. */
  readonly torn: boolean;
}

const BLOCK_BYTES = 1024 * 1024;
/** A line of ours has 64 KiB at the most; what is this long is no log. */
const LONGEST_LINE = 16 * 1024 * 1024;
const LF = 0x0a;

/** How many bytes of the file (compressed ones of a compressed file) have been read since the last call. */
export type OnRead = (bytes: number) => void;

/**
 * The lines of a log, from its first, in constant memory.
 *
 * @param source path of a file, plain or gzip by its first bytes, or a stream such as standard input.
 * @throws CommandError `AUDIT_UNREADABLE`.
 */
export function blocksOf(
  source: string | Readable,
  onRead: OnRead = () => undefined,
): AsyncGenerator<Block> | Generator<Block> {
  if (typeof source !== 'string') return wholeLines('standard input', source);
  return isGzip(source) ? gzipBlocks(source, onRead) : plainBlocks(source, onRead);
}

/** Whether a file begins as gzip does (RFC 1952, 2.3.1). */
export function isGzip(file: string): boolean {
  return reading(file, (fd) => {
    const magic = Buffer.alloc(2);
    return fs.readSync(fd, magic, 0, 2, 0) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
  });
}

function* plainBlocks(file: string, onRead: OnRead): Generator<Block> {
  const fd = reading(file, (open) => open, true);
  let bytes = Buffer.allocUnsafe(BLOCK_BYTES);
  let kept = 0;
  try {
    for (;;) {
      if (kept === bytes.length) bytes = grown(bytes, kept, file);
      const count = fs.readSync(fd, bytes, kept, bytes.length - kept, null);
      if (count === 0) break;
      onRead(count);
      const filled = kept + count;
      const end = bytes.lastIndexOf(LF, filled - 1) + 1;
      if (end > 0) yield { bytes, start: 0, end, torn: false };
      kept = filled - end;
      if (end > 0) bytes.copyWithin(0, end, filled);
    }
    if (kept > 0) yield { bytes, start: 0, end: kept, torn: true };
  } finally {
    fs.closeSync(fd);
  }
}

async function* gzipBlocks(file: string, onRead: OnRead): AsyncGenerator<Block> {
  const input = fs.createReadStream(file, { highWaterMark: 256 * 1024 });
  input.on('data', (chunk) => {
    onRead(chunk.length);
  });
  const output = input.pipe(zlib.createGunzip({ chunkSize: 256 * 1024 }));
  input.on('error', (error) => output.destroy(error));
  try {
    yield* wholeLines(file, output);
  } finally {
    input.destroy();
    output.destroy();
  }
}

async function* wholeLines(name: string, input: Readable): AsyncGenerator<Block> {
  let bytes = Buffer.allocUnsafe(BLOCK_BYTES);
  let kept = 0;
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      while (kept + chunk.length > bytes.length) bytes = grown(bytes, kept, name);
      chunk.copy(bytes, kept);
      const filled = kept + chunk.length;
      const end = bytes.lastIndexOf(LF, filled - 1) + 1;
      if (end > 0) yield { bytes, start: 0, end, torn: false };
      if (end > 0) bytes.copyWithin(0, end, filled);
      kept = filled - end;
    }
  } catch (error) {
    throw unreadable(name, error);
  }
  if (kept > 0) yield { bytes, start: 0, end: kept, torn: true };
}

/** The lines of a plain file, in blocks from its end to its beginning; within a block, as they stand. */
export function* blocksBackwards(file: string, onRead: OnRead = () => undefined): Generator<Block> {
  const fd = reading(file, (open) => open, true);
  try {
    let upTo = fs.fstatSync(fd).size;
    let size = BLOCK_BYTES;
    let buffer = Buffer.allocUnsafe(size);
    let first = true;
    while (upTo > 0) {
      const from = Math.max(0, upTo - size);
      if (buffer.length < size) buffer = Buffer.allocUnsafe(size);
      const bytes = buffer.subarray(0, upTo - from);
      readFully(fd, bytes, from, file);
      const end = first ? bytes.lastIndexOf(LF) + 1 : bytes.length;
      if (first && end < bytes.length) yield { bytes, start: end, end: bytes.length, torn: true };
      // The first line of a block may begin before it, except at the beginning of the file.
      const start = from === 0 ? 0 : bytes.indexOf(LF) + 1;
      if (from > 0 && (start === 0 || start >= end)) {
        if (size >= LONGEST_LINE) throw unreadable(file, new Error('a line is over 16 MiB long'));
        size *= 2;
        continue;
      }
      if (end > start) yield { bytes, start, end, torn: false };
      onRead(upTo - from - start);
      upTo = from + start;
      size = BLOCK_BYTES;
      first = false;
    }
  } finally {
    fs.closeSync(fd);
  }
}

function readFully(fd: number, bytes: Buffer, from: number, file: string): void {
  let done = 0;
  while (done < bytes.length) {
    const count = fs.readSync(fd, bytes, done, bytes.length - done, from + done);
    if (count === 0) throw unreadable(file, new Error('it became shorter while it was read'));
    done += count;
  }
}

function grown(bytes: Buffer, kept: number, name: string): Buffer<ArrayBuffer> {
  if (bytes.length >= LONGEST_LINE) throw unreadable(name, new Error('a line is over 16 MiB long'));
  const larger = Buffer.allocUnsafe(bytes.length * 2);
  bytes.copy(larger, 0, 0, kept);
  return larger;
}

/** Opens a file for reading; closes it after `use`, unless it is to be kept open. */
function reading<T>(file: string, use: (fd: number) => T, keep = false): T {
  try {
    const fd = fs.openSync(file, 'r');
    try {
      return use(fd);
    } finally {
      if (!keep) fs.closeSync(fd);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Says that a file cannot be read, and why; what was said already stays. */
export function unreadable(name: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  return new CommandError(
    'AUDIT_UNREADABLE',
    `${name} cannot be read: ${systemCode(error)}`,
    'check the path and its permissions; a compressed file has to be gzip, and whole',
    { cause: error },
  );
}
