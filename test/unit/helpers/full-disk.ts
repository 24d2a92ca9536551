import fs from 'node:fs';
import { vi } from 'vitest';

/** From now on no file takes anything. @returns makes room again. */
export function fillDisk(): () => void {
  const write = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  return () => {
    write.mockRestore();
  };
}
