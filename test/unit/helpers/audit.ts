import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keyPathOf, publicPathOf, readPublicKey } from '../../../src/audit/chain/key.ts';
import { findTrail } from '../../../src/audit/read/files.ts';
import { verifyTrail, type TrailVerdict } from '../../../src/audit/read/verify-trail.ts';
import type { Gathers } from '../../../src/audit/write/log-parts.ts';
import { openLog, type AuditSettings, type OpenLog } from '../../../src/audit/write/open.ts';
import { temporaryDirectory } from './temporary.ts';

/** As `serve` has them by default, without rotation. */
export const SETTINGS: AuditSettings = {
  durability: 'write',
  maxBytes: 0,
  maxAgeMs: 0,
  keep: 0,
  checkpointLines: 1_000,
  checkpointMs: 60_000,
  keyFile: undefined,
};

export interface LogOptions extends Partial<AuditSettings> {
  readonly now?: () => number;
  readonly whenHeld?: 'refuse' | 'beside';
  readonly onError?: (error: unknown) => void;
  readonly gathers?: Gathers;
}

/** A log of its own directory, unless `file` says otherwise. */
export function openTestLog(
  file = join(temporaryDirectory(), 'audit.jsonl'),
  { now = Date.now, whenHeld, onError, gathers, ...settings }: LogOptions = {},
): Promise<OpenLog> {
  return openLog(
    file,
    { ...SETTINGS, ...settings },
    {
      now,
      onError:
        onError ??
        ((error) => {
          throw error;
        }),
      ...(whenHeld !== undefined && { whenHeld }),
      ...(gathers !== undefined && { gathers }),
    },
  );
}

export type Line = Readonly<Record<string, unknown>>;

/** Every line of a log: each has to be one JSON object of printable ASCII. */
export function linesOf(file: string): Line[] {
  const text = readFileSync(file, 'latin1');
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error(`${file} ends without a line end`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      if (!/^[\x20-\x7e]+$/.test(line)) throw new Error(`not printable: ${line}`);
      return JSON.parse(line) as Line;
    });
}

/** The lines that tell of calls, peers and the gate; not those of the log itself. */
export function recordsOf(file: string): Line[] {
  return linesOf(file).filter(({ event }) => !/^(?:log-|checkpoint$)/.test(String(event)));
}

/** What `audit verify` finds, with the key that was made beside the log. */
export async function verifyLog(file: string, expectHead?: string): Promise<TrailVerdict> {
  return verifyTrail(await findTrail(file), { keys: keysBeside(file), isWhole: true, expectHead });
}

/** The public key that was made beside a log, by its id. */
export function keysBeside(file: string) {
  const { id, key } = readPublicKey(publicPathOf(keyPathOf(join(dirname(file), 'x'))));
  return new Map([[id, key]]);
}
