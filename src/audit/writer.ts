import fs from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../errors.ts';

/** Where the lines of the trail go. */
export interface LineWriter {
  /** Hands one line, its line end included, to the kernel. Never throws; see `failure`. */
  write(line: string): void;
  /** Why the last line could not be written; undefined while all is well. */
  readonly failure: string | undefined;
  /** False once closed. */
  readonly open: boolean;
  close(): void;
}

const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/**
 * Opens the audit log; a new file is readable by its owner only, and missing directories are made. A symlink is
 * refused, since whoever may place one could direct the trail into another file.
 *
 * @param file path of the log, or `-` for standard output.
 * @throws CommandError `AUDIT_UNWRITABLE`.
 */
export function openLog(file: string): LineWriter {
  if (file === '-') return stdoutWriter();
  try {
    makeDirectory(path.dirname(path.resolve(file)));
    return new FileWriter(file);
  } catch (error) {
    throw new CommandError(
      'AUDIT_UNWRITABLE',
      `the audit log ${file} cannot be written: ${systemCode(error)}`,
      'name a file in a directory that this user may write with --audit-log, or "-" for standard output',
      { cause: error },
    );
  }
}

/** Level by level: Node's recursive mkdir never returns for a path below /proc. */
function makeDirectory(directory: string): void {
  if (fs.existsSync(directory)) return;
  makeDirectory(path.dirname(directory));
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

/** Writes synchronously: a line is with the kernel before the call that it tells of goes on. */
class FileWriter implements LineWriter {
  readonly #file: string;
  #fd: number;
  failure: string | undefined;
  open = true;
  /** True where a failed write may have left the beginning of a line. */
  #torn = false;

  constructor(file: string) {
    this.#file = file;
    this.#fd = openFile(file);
  }

  write(line: string): void {
    if (!this.open) return;
    try {
      // After a failure, or where the file was deleted under us: start from its name.
      if (this.failure !== undefined || fs.fstatSync(this.#fd).nlink === 0) this.#reopen();
      // The torn line stays torn; the next one is not glued to it.
      writeAll(this.#fd, Buffer.from(this.#torn ? `\n${line}` : line));
      this.#torn = false;
      this.failure = undefined;
    } catch (error) {
      this.failure = systemCode(error);
      this.#torn ||= error instanceof TornWrite;
    }
  }

  close(): void {
    this.open = false;
    fs.closeSync(this.#fd);
  }

  #reopen(): void {
    const fd = openFile(this.#file);
    fs.closeSync(this.#fd);
    this.#fd = fd;
  }
}

function openFile(file: string): number {
  // Non-blocking, or a FIFO without a reader would stop the whole gate.
  return fs.openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0o600);
}

/** A write that failed after a part of the line had been written. */
class TornWrite extends Error {}

function writeAll(fd: number, bytes: Buffer): void {
  let written = 0;
  try {
    while (written < bytes.length) written += fs.writeSync(fd, bytes, written);
  } catch (error) {
    throw written > 0 ? new TornWrite(systemCode(error), { cause: error }) : error;
  }
}

function stdoutWriter(): LineWriter {
  const writer: { -readonly [K in keyof LineWriter]: LineWriter[K] } = {
    write: (line) => {
      process.stdout.write(line);
    },
    failure: undefined,
    open: true,
    close: () => {
      writer.open = false;
    },
  };
  process.stdout.on('error', (error) => {
    writer.failure = systemCode(error);
  });
  return writer;
}
