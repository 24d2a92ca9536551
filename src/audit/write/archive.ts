import fs from 'node:fs';
import { rename, unlink, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

/**
 * Compressing shares the cores with calls. 100 MB of lines at level 3 take 0.4 s of CPU and become 12.3 MB; at level 6, the default,
 * 0.7 s and 11.6 MB.
 */
const LEVEL = 3;

/** In pieces of this size, bytes: in pieces of zlib's own 16 KiB the event loop has as much to do as zlib, 0.3 s. */
const PIECE = 1024 * 1024;

/** What a rotated file is called: `audit.000000012345.20260301T120000Z.jsonl`; the number is its last line's. */
export function rotatedName(log: string, lastSeq: number, time: number): string {
  const { name, ext, dir } = path.parse(log);
  const when = new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
  return path.join(dir, `${name}.${String(lastSeq).padStart(12, '0')}.${when}${ext}`);
}

interface Rotated {
  readonly file: string;
  readonly lastSeq: number;
}

/** What was rotated away from a log, compressed or not, oldest first. */
function rotatedFiles(log: string): Rotated[] {
  const { name, ext, dir } = path.parse(path.resolve(log));
  const found: Rotated[] = [];
  for (const file of fs.readdirSync(dir)) {
    if (!file.startsWith(`${name}.`)) continue;
    const rest = file.slice(name.length);
    const match = /^\.(\d{12,})\.\d{8}T\d{6}Z(.*)$/.exec(rest);
    if (match === null || (match[2] !== ext && match[2] !== `${ext}.gz`)) continue;
    found.push({ file: path.join(dir, file), lastSeq: Number(match[1]) });
  }
  return found.toSorted((a, b) => a.lastSeq - b.lastSeq || (a.file < b.file ? -1 : 1));
}

/** A rotated file that was deleted because there were more than should be kept. */
export interface Removed {
  readonly file: string;
  readonly last_seq: number;
}

export interface ArchiveOptions {
  /** How many rotated files are kept; 0: all. */
  readonly keep: number;
  /** Called right before. */
  readonly onRemoved: (removed: Removed) => void;
  /** A file that could not be compressed or deleted stays as it is; lines are not lost by that. */
  readonly onError: (error: unknown) => void;
}

/** Compresses rotated files and deletes the oldest, beside the calls: zlib works on other threads. */
export class Archive {
  readonly #log: string;
  readonly #options: ArchiveOptions;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #again = false;

  constructor(log: string, options: ArchiveOptions) {
    this.#log = log;
    this.#options = options;
  }

  /** Brings the rotated files in order; what a killed process left half done is done again. */
  kick(): void {
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Leaves what is under way half done; the next start takes it up. */
  close(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#abort.signal.aborted) {
        this.#again = false;
        await this.#sweep();
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#options.onError(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #sweep(): Promise<void> {
    const { keep, onRemoved } = this.#options;
    const files = rotatedFiles(this.#log);
    const seqs = [...new Set(files.map(({ lastSeq }) => lastSeq))];
    const oldest = keep === 0 ? undefined : seqs.at(-keep);
    for (const { file, lastSeq } of files) {
      if (oldest !== undefined && lastSeq < oldest) {
        // Told before it is done, so that at no time a file is missing without a word.
        onRemoved({ file: path.basename(file), last_seq: lastSeq });
        await unlink(file);
      } else if (!file.endsWith('.gz')) {
        await compress(file, this.#abort.signal);
      }
    }
  }
}

/**
 * At any moment there is the plain file, or the compressed one, whole and on the disk, or both; a reader takes the
 * plain one then.
 */
async function compress(file: string, signal: AbortSignal): Promise<void> {
  const temporary = `${file}.gz.tmp`;
  await pipeline(
    fs.createReadStream(file, { highWaterMark: PIECE }),
    zlib.createGzip({ level: LEVEL, chunkSize: PIECE }),
    fs.createWriteStream(temporary, { mode: 0o600 }),
    { signal },
  );
  await syncPath(temporary);
  await rename(temporary, `${file}.gz`);
  await syncPath(path.dirname(file));
  await unlink(file);
}

async function syncPath(name: string): Promise<void> {
  const handle = await open(name, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
