import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whyUnsafe } from '../../../src/service/host.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const asRoot = process.getuid?.() === 0 ? it : it.skip;

/** A file that only root may change, in a directory likewise. */
function program(): { dir: string; file: string } {
  const dir = join(temporaryDirectory(), 'app');
  mkdirSync(dir, { mode: 0o755 });
  const file = join(dir, 'main.js');
  writeFileSync(file, '');
  return { dir, file };
}

describe('a program for a service', () => {
  it.each(['/home/x/node', '/root/.nvm/node', '/run/user/1/node'])('is hidden: %s', (file) => {
    expect(whyUnsafe(file)).toMatch(/^\/[^ ]* is below /);
  });

  asRoot('is safe where only root may replace it', () => {
    expect(whyUnsafe(program().file)).toBeUndefined();
  });

  asRoot.each<[string, (dir: string, file: string) => void]>([
    [
      'it belongs to somebody',
      (_dir, file) => {
        chownSync(file, 1000, 0);
      },
    ],
    [
      'its directory does',
      (dir) => {
        chownSync(dir, 1000, 0);
      },
    ],
    [
      'all may write it',
      (_dir, file) => {
        chmodSync(file, 0o777);
      },
    ],
    [
      'a group may write its directory',
      (dir) => {
        chownSync(dir, 0, 50);
        chmodSync(dir, 0o775);
      },
    ],
    [
      'it is not there',
      (_dir, file) => {
        rmSync(file);
      },
    ],
  ])('is unsafe where %s', (_why, spoil) => {
    const { dir, file } = program();
    spoil(dir, file);
    expect(whyUnsafe(file)).toMatch(/could replace|cannot be looked at/);
  });
});
