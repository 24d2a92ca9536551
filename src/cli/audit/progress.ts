import fs from 'node:fs';
import { SingleBar } from 'cli-progress';
import type { Chain } from '../../audit/read/files.ts';

/** Shows how far a scan is, on standard error, where somebody is there to see it. */
export interface Progress {
  readonly onRead: (bytes: number) => void;
  stop(): void;
}

/** Less is read before anybody would look for a bar, in bytes. */
const WORTH_A_BAR = 64 * 1024 * 1024;

/** @param quiet true where the result itself goes to the terminal as it is found. */
export function scanProgress(chains: readonly Chain[], quiet = false): Progress {
  const total = chains
    .flatMap(({ files }) => files)
    .reduce((sum, { path }) => sum + (fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  if (quiet || !process.stderr.isTTY || total < WORTH_A_BAR) {
    return { onRead: () => undefined, stop: () => undefined };
  }
  const bar = new SingleBar({
    stream: process.stderr,
    format: 'reading {bar} {percentage}% of {size}, {eta_formatted} left',
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(total, 0, { size: `${Math.round(total / 1e6)} MB` });
  return {
    onRead: (bytes) => {
      bar.increment(bytes);
    },
    stop: () => {
      bar.stop();
    },
  };
}
