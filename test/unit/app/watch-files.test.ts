import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signatureOf, watchFiles, type FileWatch } from '../../../src/app/watch-files.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

/** Quick, and without the kernel's help where `pollMs` is what finds a change. */
const TIMES = { pollMs: 20, settleMs: 10 };

let dir: string;
let watch: FileWatch | undefined;

beforeEach(() => {
  dir = temporaryDirectory();
});
afterEach(() => {
  watch?.close();
});

/** Watches, and resolves `changed()` at the next change. */
function watched(...names: readonly string[]) {
  const files = names.map((name) => join(dir, name));
  const waiting: (() => void)[] = [];
  let seen = 0;
  watch = watchFiles(
    files,
    signatureOf(files),
    () => {
      seen += 1;
      for (const resolve of waiting.splice(0)) resolve();
      return Promise.resolve();
    },
    TIMES,
  );
  return {
    changed: () => new Promise<void>((resolve) => waiting.push(resolve)),
    count: () => seen,
  };
}

describe('watchFiles tells of', () => {
  it('a file that comes, changes in place, is renamed over, and goes', async () => {
    const { changed } = watched('a.pem');
    const steps = [
      () => {
        writeFileSync(join(dir, 'a.pem'), 'one');
      },
      () => {
        writeFileSync(join(dir, 'a.pem'), 'two');
      },
      () => {
        writeFileSync(join(dir, 'b.pem'), 'three');
        renameSync(join(dir, 'b.pem'), join(dir, 'a.pem'));
      },
      () => {
        rmSync(join(dir, 'a.pem'));
      },
    ];
    for (const step of steps) {
      const told = changed();
      step();
      await told;
    }
  });

  it('another target of a link on the way, and changes at the new one', async () => {
    for (const name of ['1', '2']) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, 'a.pem'), name);
      utimesSync(join(dir, name, 'a.pem'), 1, 1);
    }
    symlinkSync('1', join(dir, 'data'));
    symlinkSync(join('data', 'a.pem'), join(dir, 'a.pem'));
    const { changed } = watched('a.pem');
    const swapped = changed();
    symlinkSync('2', join(dir, 'next'));
    renameSync(join(dir, 'next'), join(dir, 'data'));
    await swapped;
    const rewritten = changed();
    writeFileSync(join(dir, '2', 'a.pem'), 'changed');
    await rewritten;
  });

  it('what changed since the files were read, before it was watching', async () => {
    const files = [join(dir, 'a.pem')];
    const since = signatureOf(files);
    writeFileSync(files[0] ?? '', 'early');
    await new Promise<void>((resolve) => {
      watch = watchFiles(
        files,
        since,
        () => {
          resolve();
          return Promise.resolve();
        },
        TIMES,
      );
    });
  });
});

it('watchFiles does not tell of other files in the directory', async () => {
  const { changed, count } = watched('a.pem');
  writeFileSync(join(dir, 'other'), 'x');
  const told = changed();
  writeFileSync(join(dir, 'a.pem'), 'x');
  await told;
  expect(count()).toBe(1);
});
