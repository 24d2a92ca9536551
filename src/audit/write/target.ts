import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from '../../errors.ts';

/** What a target looks like right before something is written to it. */
export type Look =
  /** As it was left. */
  | 'same'
  /** Empty: what is written next is its first line. */
  | 'fresh'
  /** Longer or shorter than it was left: somebody else has changed it. */
  | 'changed';

/** Where the bytes of a log go. */
export interface Target {
  /** Bytes so far; 0 where that means nothing, as for a pipe. */
  readonly size: number;
  /** True for a file that can be read again, renamed and brought to the disk. */
  readonly regular: boolean;
  /** @throws where its file cannot be opened any more. */
  look(): Look;
  /**
   * Hands bytes to the kernel. Their memory is used again afterwards.
   *
   * @throws PartialWrite which says how much of it was taken.
   */
  append(bytes: Buffer): void;
  /** Starts again from the name, which may stand for another file by now. */
  reopen(): void;
  /** Resolves when all that was appended so far is on the disk. */
  sync(): Promise<void>;
  close(): void;
}

/** A write that failed; the first `written` bytes were taken. */
export class PartialWrite extends Error {
  readonly written: number;

  constructor(cause: unknown, written: number) {
    super(systemCode(cause), { cause });
    this.written = written;
  }
}

const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const fdatasync = promisify(fs.fdatasync);

function openFile(file: string): number {
  // Non-blocking, or a FIFO without a reader would stop the whole gate.
  return fs.openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0o600);
}

/**
 * A file, written synchronously: a line is with the kernel before the call that it tells of goes on. A
 * symlink is refused, since whoever may place one could direct the trail into another file.
 */
export class FileTarget implements Target {
  readonly #file: string;
  #fd: number;
  #syncing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #named = false;
  size = 0;
  regular = false;

  constructor(file: string) {
    this.#file = file;
    this.#fd = openFile(file);
    this.#measure();
  }

  look(): Look {
    if (!this.regular) return 'same';
    const expected = this.size;
    // A file that was deleted under us takes what is written with it.
    if (this.#measure() === 0) this.reopen();
    if (this.size === 0) return 'fresh';
    return this.size === expected ? 'same' : 'changed';
  }

  append(bytes: Buffer): void {
    let written = 0;
    try {
      // As a rule all of it is taken at once.
      while (written < bytes.length) written += fs.writeSync(this.#fd, bytes, written);
    } catch (error) {
      throw new PartialWrite(error, written);
    } finally {
      if (this.regular) this.size += written;
    }
  }

  reopen(): void {
    const fd = openFile(this.#file);
    // Whoever waits for a sync waits for what is in this file too.
    if (this.#next !== undefined && this.regular) fs.fdatasyncSync(this.#fd);
    this.#closeLater(this.#fd);
    this.#fd = fd;
    this.#named = false;
    this.#measure();
  }

  /** One sync at a time; all who ask while it runs share the next one. */
  sync(): Promise<void> {
    if (!this.regular) return Promise.resolve();
    this.#next ??= (this.#syncing ?? Promise.resolve()).catch(ignore).then(() => {
      this.#next = undefined;
      this.#syncName();
      this.#syncing = fdatasync(this.#fd);
      return this.#syncing;
    });
    return this.#next;
  }

  close(): void {
    this.#closeLater(this.#fd);
  }

  /** The name of a new file is on the disk once its directory is. */
  #syncName(): void {
    if (this.#named) return;
    const directory = fs.openSync(path.dirname(path.resolve(this.#file)), 'r');
    fs.fsyncSync(directory);
    fs.closeSync(directory);
    this.#named = true;
  }

  /** A descriptor that is being synced is closed when that is done. */
  #closeLater(fd: number): void {
    if (this.#syncing === undefined) {
      fs.closeSync(fd);
      return;
    }
    const close = (): void => {
      fs.closeSync(fd);
    };
    this.#syncing.then(close, close);
    this.#syncing = undefined;
  }

  /** @returns how many names the open file has. */
  #measure(): number {
    const { size, nlink, mode } = fs.fstatSync(this.#fd);
    this.regular = (mode & fs.constants.S_IFMT) === fs.constants.S_IFREG;
    this.size = this.regular ? size : 0;
    return nlink;
  }
}

function ignore(): void {
  // Whoever waited for that sync has been told.
}

/** Standard output. It cannot be read again, so a chain on it begins with each start. */
export class StdoutTarget implements Target {
  readonly size = 0;
  readonly regular = false;
  #failure: unknown;

  constructor() {
    process.stdout.on('error', (error) => {
      this.#failure = error;
    });
  }

  look(): Look {
    return 'same';
  }

  append(bytes: Buffer): void {
    if (this.#failure !== undefined) throw new PartialWrite(this.#failure, 0);
    // A copy: where nobody reads at the moment, it is written later.
    process.stdout.write(Buffer.from(bytes));
  }

  reopen(): void {
    // There is no name to start from.
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // Others write to it too.
  }
}
