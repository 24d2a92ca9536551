import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Chain } from '../../../src/audit/read/files.ts';
import { scanProgress } from '../../../src/cli/audit/progress.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

let err = '';
const { isTTY } = process.stderr;

beforeEach(() => {
  err = '';
  Object.assign(process.stderr, { isTTY: true });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(process.stderr, { isTTY });
});

/** A trail of one file of so many bytes, which takes no room. */
function trailOf(bytes: number): Chain[] {
  const path = join(temporaryDirectory(), 'audit.jsonl');
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return [{ id: '', files: [{ path, inode: '', chain: '', firstSeq: 0, firstTime: '' }] }];
}

it('shows how far a long scan is, makes room for what was found, and comes again', () => {
  const progress = scanProgress(trailOf(100e6));
  progress.onRead(50e6);
  expect(err).toMatch(/reading .* 50% of 100 MB/);
  progress.hide();
  err = '';
  progress.hide();
  expect(err).toBe('');
  progress.onRead(25e6);
  expect(err).toMatch(/reading .* 75% of 100 MB/);
  progress.stop();
});

it.each([
  ['a short scan', 1e6, true],
  ['a scan that nobody looks at', 100e6, false],
])('says nothing of %s', (_, bytes, terminal) => {
  Object.assign(process.stderr, { isTTY: terminal });
  const progress = scanProgress(trailOf(bytes));
  progress.onRead(bytes);
  progress.stop();
  expect(err).toBe('');
});
