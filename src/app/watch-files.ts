import fs from 'node:fs';
import path from 'node:path';

/** What a test may want otherwise; all in ms. */
export interface WatchTimes {
  /** How often the files are looked at, whatever the kernel tells. */
  readonly pollMs: number;
  /** For how long files have to stay as they are before they count as written. */
  readonly settleMs: number;
}

const TIMES: WatchTimes = { pollMs: 400, settleMs: 60 };

/** Files that are rewritten without end are read in the middle of it, after so many looks. */
const MAX_LOOKS = 5;

export interface FileWatch {
  /** Stops watching. */
  close(): void;
}

/**
 * Tells of changes to files, whatever way they change: written in place, renamed over, removed, or
 * replaced by another target of a symbolic link on their path (as Kubernetes mounts are). Files that
 * do not exist yet are waited for.
 *
 * What counts is what `stat` says of each file (device, inode, size, times), looked at regularly, so
 * that file systems without notification are served too; the kernel's notifications only make it
 * look sooner.
 *
 * @param since what {@link signatureOf} said before the files were read for the first time.
 * @param onChange told once the files have not changed for a moment. Never called twice at a time.
 */
export function watchFiles(
  files: readonly string[],
  since: string,
  onChange: () => Promise<void>,
  { pollMs, settleMs }: WatchTimes = TIMES,
): FileWatch {
  let known = since;
  let looking = false;
  const stop = new AbortController();
  const isClosed = (): boolean => stop.signal.aborted;
  const hints = new Hints(files, () => void look());

  const look = async (): Promise<void> => {
    if (looking || isClosed()) return;
    looking = true;
    try {
      if (signatureOf(files) === known) return;
      const settled = await settle(files, settleMs);
      // Set before they are read: what changes meanwhile is seen at the next look.
      known = settled;
      if (!isClosed()) await onChange();
      if (!isClosed()) hints.renew();
    } finally {
      looking = false;
    }
  };
  const poll = setInterval(() => void look(), pollMs);
  poll.unref();
  return {
    close: () => {
      stop.abort();
      clearInterval(poll);
      hints.close();
    },
  };
}

/** Resolves with the signature once it has stayed the same for a while. */
async function settle(files: readonly string[], settleMs: number): Promise<string> {
  let before = signatureOf(files);
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, settleMs).unref();
    });
    const now = signatureOf(files);
    if (now === before) return now;
    before = now;
  }
  return before;
}

/**
 * One text for the state of the files, the same as long as none changes. Links are followed: what a
 * path leads to now is what counts.
 */
export function signatureOf(files: readonly string[]): string {
  return files
    .map((file) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = fs.statSync(file, { bigint: true });
        return [dev, ino, size, mtimeNs, ctimeNs].join();
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : '';
      }
    })
    .join(';');
}

/** The kernel's notifications for the directories that the files are in. None of them is needed. */
class Hints {
  readonly #files: readonly string[];
  readonly #onHint: () => void;
  #watchers: fs.FSWatcher[] = [];

  constructor(files: readonly string[], onHint: () => void) {
    this.#files = files;
    this.#onHint = onHint;
    this.renew();
  }

  /** Begins anew: a directory may have been replaced by another of its name. */
  renew(): void {
    this.close();
    const directories = new Set(this.#files.flatMap(directoriesOf));
    this.#watchers = [...directories].flatMap((directory) => {
      try {
        const watcher = fs.watch(directory, { persistent: false }, this.#onHint);
        watcher.on('error', () => {
          watcher.close();
        });
        return [watcher];
      } catch {
        return [];
      }
    });
  }

  close(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }
}

/** Where the name is, and where it leads. */
function directoriesOf(file: string): string[] {
  const named = path.dirname(path.resolve(file));
  try {
    return [named, path.dirname(fs.realpathSync(file))];
  } catch {
    return [named];
  }
}
