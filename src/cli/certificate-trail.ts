/** What commands about certificates leave in the audit trail. */
import fs from 'node:fs';
import path from 'node:path';
import {
  factsOf,
  operator,
  recordCertificates,
  type CertificateLine,
} from '../app/certificate-events.ts';
import { loadConfig } from '../config/load.ts';
import { CommandError, systemCode } from '../errors.ts';
import type { InventoryEntry } from '../pki/inventory.ts';
import type { RevokeReport } from '../pki/users/revoke.ts';
import { note } from './terminal.ts';

export interface TrailArguments {
  'audit-log': string | undefined;
  'audit-key': string | undefined;
  config: string | undefined;
}

export const TRAIL = {
  'audit-log': {
    type: 'string',
    requiresArg: true,
    describe: 'The log that "serve" writes: what is done here is told there, beside a running gate',
    defaultDescription: './logs/audit.jsonl, if that directory is there',
  },
  'audit-key': {
    type: 'string',
    requiresArg: true,
    describe: 'Key that signs the audit log, as for "serve"',
    defaultDescription: 'audit-key.pem beside the log',
  },
  config: {
    type: 'string',
    requiresArg: true,
    describe: 'YAML file of "serve" that names the log',
  },
} as const;

/** Tells of new certificates. Never throws: see {@link record}. */
export function recordIssued(
  argv: TrailArguments,
  event: 'certificate-issued' | 'certificate-renewed',
  entries: readonly InventoryEntry[],
): Promise<void> {
  const by = operator();
  return record(
    argv,
    entries.map((entry) => ({ event, ...factsOf(entry, { by }) })),
  );
}

/** Tells of revocations, those by serial number alone among them. Never throws: see {@link record}. */
export function recordRevoked(
  argv: TrailArguments,
  { revoked, unseen }: RevokeReport,
): Promise<void> {
  const by = operator();
  const event = 'certificate-revoked' as const;
  // While a CA is replaced, both revoke a number that nobody knows: to whoever reads the trail it is one.
  const [bare] = unseen;
  return record(argv, [
    ...revoked.map((entry) => ({
      event,
      ...factsOf(entry, { by, reason: entry.revoked?.reason ?? 'unspecified' }),
    })),
    ...(bare === undefined ? [] : [{ event, serial: bare.serial, by, reason: bare.reason }]),
  ]);
}

/**
 * Writes the lines once the deed is done. What is in the way is said in one line and changes nothing else: a revocation
 * must not wait for a disk that is full.
 */
async function record(argv: TrailArguments, lines: readonly CertificateLine[]): Promise<void> {
  if (lines.length === 0) return;
  try {
    const log = logOf(argv, process.env);
    if (log !== undefined) await recordCertificates(log, lines);
  } catch (error) {
    const reason = error instanceof CommandError ? error.message : systemCode(error);
    note(`warning: not in the audit trail: ${reason.replace(/\s*\n\s*/g, ' ')}`);
  }
}

/**
 * Flag, environment, `--config`, default, as `serve` has it. Where nobody named a log, one begins only in a directory
 * that is there: a command that is run somewhere else leaves nothing behind.
 */
function logOf(
  argv: TrailArguments,
  env: NodeJS.ProcessEnv,
): { file: string; keyFile: string | undefined } | undefined {
  const flags = {
    'audit-log': argv['audit-log'],
    'audit-key': argv['audit-key'],
    config: argv.config,
  };
  const { auditLog: file, audit } = loadConfig(flags, env);
  if (file === '-') throw new Error('it goes to standard output, where a gate alone may write');
  const isDefault = file === loadConfig({}, {}).auditLog;
  const isNamed = argv['audit-log'] !== undefined || env['DOCKGATE_AUDIT_LOG'] !== undefined;
  if (isDefault && !isNamed && !fs.existsSync(path.dirname(file))) return undefined;
  return { file, keyFile: audit.keyFile };
}
