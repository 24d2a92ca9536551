import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  certificateRecord,
  type CertificateEvent,
  type CertificateFacts,
} from '../audit/certificate.ts';
import { keyPathOf, publicPathOf } from '../audit/chain/key.ts';
import { handOver } from '../audit/write/hand-over.ts';
import { openLog } from '../audit/write/open.ts';
import { CommandError } from '../errors.ts';
import type { InventoryEntry } from '../pki/inventory.ts';

/** A line to be written. */
export interface CertificateLine extends CertificateFacts {
  readonly event: CertificateEvent;
}

/**
 * What the trail tells of a certificate.
 *
 * @param reason why; of a revocation in the words of RFC 5280, 5.3.1.
 */
export function factsOf(
  entry: InventoryEntry,
  { by = operator(), reason }: { readonly by?: string; readonly reason?: string } = {},
): CertificateFacts {
  const { user, kind, role, serial, fingerprint, notAfter } = entry;
  const not_after = new Date(notAfter).toISOString();
  return { user, kind, role, serial, fingerprint, not_after, by, reason };
}

/**
 * The operating system's user of this process, and who became that one by sudo: `root (sudo: ann)`. The latter is what
 * the environment says, which a user who does not come by sudo may have made up.
 */
export function operator(env: NodeJS.ProcessEnv = process.env): string {
  const sudo = env['SUDO_USER'];
  return sudo === undefined || sudo === '' ? userName() : `${userName()} (sudo: ${sudo})`;
}

/** A container may run under a number that no user has. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.geteuid?.() ?? 'unknown'}`;
  }
}

/** Nothing is rotated or deleted by a command: how long lines are kept is the gate's to know. */
const SETTINGS = {
  durability: 'fsync',
  maxBytes: 0,
  maxAgeMs: 0,
  keep: 0,
  checkpointLines: Number.MAX_SAFE_INTEGER,
  checkpointMs: Number.MAX_SAFE_INTEGER,
} as const;

/**
 * Writes lines into the log, or, where a running gate has it, into a chained file of its own beside it, and signs them.
 *
 * @param keyFile PEM of the key that signs checkpoints; undefined: beside the log.
 * @returns when they are on the disk.
 * @throws CommandError as openLog does, or the system's error where they could not be written.
 */
export async function recordCertificates(
  log: { readonly file: string; readonly keyFile: string | undefined },
  lines: readonly CertificateLine[],
): Promise<void> {
  const wanted = path.resolve(log.file);
  const key = log.keyFile === undefined ? keyPathOf(wanted) : path.resolve(log.keyFile);
  const before = new Set([wanted, key].flatMap((file) => filesIn(path.dirname(file))));
  const opened = await openLog(
    wanted,
    { ...SETTINGS, keyFile: key },
    { now: Date.now, onError: () => undefined, whenHeld: 'beside' },
  );
  try {
    for (const { event, ...facts } of lines) {
      opened.log.append(certificateRecord(event, facts));
    }
    await opened.log.settled();
  } finally {
    opened.close();
    handOver([opened.file, key, publicPathOf(key)].filter((file) => !before.has(file)));
  }
  const { failure } = opened.log;
  if (failure !== undefined) {
    throw new CommandError(
      'AUDIT_UNWRITABLE',
      `the audit log ${opened.file} cannot be written: ${failure}`,
      'make room, or name another log with --audit-log',
    );
  }
}

function filesIn(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory).map((name) => path.join(directory, name));
  } catch {
    return [];
  }
}
