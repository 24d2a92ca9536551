import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lastSeen } from '../../../src/audit/last-seen.ts';
import { temporaryDirectory } from '../pki/helpers.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const BOTH = new Set([A, B]);

const line = (fingerprint: string, second: number, event = 'call', more = {}): string =>
  `${JSON.stringify({ v: 1, time: new Date(second * 1000).toISOString(), event, fingerprint, ...more })}\n`;

const at = (second: number): string => new Date(second * 1000).toISOString();

async function log(...lines: readonly string[]): Promise<string> {
  const path = join(await temporaryDirectory(), 'audit.jsonl');
  await writeFile(path, lines.join(''));
  return path;
}

describe('lastSeen', () => {
  it('finds the last call of each certificate', async () => {
    const path = await log(
      line(A, 1),
      line(B, 2),
      line(A, 3, 'intent'),
      line(B, 4, 'peer-refused'),
    );
    expect(await lastSeen(path, BOTH)).toEqual(
      new Map([
        [A, at(3)],
        [B, at(2)],
      ]),
    );
  });

  it('knows nothing of a certificate that nobody asked for, and is not fooled by a value', async () => {
    const path = await log(line(A, 1), line(B, 9, 'call', { path: `"fingerprint":"${A}"` }));
    expect(await lastSeen(path, new Set([A]))).toEqual(new Map([[A, at(1)]]));
  });

  it('passes over lines that are cut, foreign or not JSON', async () => {
    const path = await log(
      line(A, 1),
      'rubbish\n',
      `{"fingerprint":"${A}"\n`,
      'null\n',
      `{"event":"call","fingerprint":"${A}","time":7}\n`,
      line(A, 2).slice(0, 90),
    );
    expect(await lastSeen(path, BOTH)).toEqual(new Map([[A, at(1)]]));
  });

  it('reads across the borders of its chunks', async () => {
    const many = Array.from({ length: 6000 }, (_, second) =>
      line(B, second, 'call', { path: 'x'.repeat(second % 211) }),
    );
    const path = await log(line(A, 5), ...many);
    expect(await lastSeen(path, BOTH)).toEqual(
      new Map([
        [A, at(5)],
        [B, at(5999)],
      ]),
    );
  });

  it.each(['nowhere', '.'])('tells nothing of a trail that cannot be read (%s)', async (name) => {
    expect(await lastSeen(join(await temporaryDirectory(), name), BOTH)).toEqual(new Map());
  });
});
