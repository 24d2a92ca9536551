import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './scene.ts';

export const diskFilled: Fault = async ({ stage, windows, count }) => {
  const ballast = path.join(path.dirname(stage.auditLog), 'ballast');
  await windows.during('disk full', async () => {
    fillDisk(ballast);
    await pause(4_000);
    fs.rmSync(ballast);
  });
  count('audit disk filled and emptied');
};

/** Writes until there is no room for another byte. */
function fillDisk(file: string): void {
  const fd = fs.openSync(file, 'w');
  for (let size = 1024 * 1024; size >= 1; size = size > 1 ? size / 4 : 0) {
    const piece = Buffer.alloc(size);
    try {
      for (;;) fs.writeSync(fd, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  fs.closeSync(fd);
}
