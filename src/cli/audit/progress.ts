import fs from 'node:fs';
import { SingleBar } from 'cli-progress';
import type { Chain } from '../../audit/read/files.ts';

/** Shows how far a scan is, on standard error, where somebody is there to see it. */
export interface Progress {
  readonly onRead: (bytes: number) => void;
  /** Makes room for other lines on the terminal; the bar comes again when more is read. */
  readonly hide: () => void;
  stop(): void;
}

/** Less is read before anybody would look for a bar, in bytes. */
const WORTH_A_BAR = 64 * 1024 * 1024;

export function scanProgress(chains: readonly Chain[]): Progress {
  const total = chains
    .flatMap(({ files }) => files)
    .reduce((sum, { path }) => sum + (fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  if (!process.stderr.isTTY || total < WORTH_A_BAR) {
    return { onRead: () => undefined, hide: () => undefined, stop: () => undefined };
  }
  const bar = new SingleBar({
    stream: process.stderr,
    format: 'reading {bar} {percentage}% of {size}, {eta_formatted} left',
    clearOnComplete: true,
    hideCursor: true,
  });
  let read = 0;
  let isShown = false;
  const hide = (): void => {
    if (isShown) bar.stop();
    isShown = false;
  };
  return {
    onRead: (bytes) => {
      read += bytes;
      if (isShown) bar.update(read);
      else bar.start(total, read, { size: `${Math.round(total / 1e6)} MB` });
      isShown = true;
    },
    hide,
    stop: hide,
  };
}
