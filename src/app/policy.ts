import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../errors.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/types.ts';
import type { Log } from './log.ts';
import { signatureOf, watchFiles } from './watch-files.ts';

/** The policy in force. */
export interface PolicyFile {
  /** As it is now: whoever judges a call keeps to one. */
  readonly current: () => Policy;
  /** The beginning of the SHA-256 of its file, 12 lower-case hex digits. */
  readonly version: () => string;
  /**
   * Reads the file again. A bad one is refused whole, and the old one stays.
   *
   * @param cause for the log: what made the gate look.
   */
  reload(cause: string): void;
  /** Stops watching. */
  close(): void;
}

interface PolicyFileOptions {
  readonly file: string;
  readonly log: Log;
  /** Hears of each reload: why it was refused, or nothing where the new policy is in force. */
  readonly onReload: (cause: string, problem: string | undefined) => void;
}

/**
 * Reads a policy, and reads it again whenever the file changes.
 *
 * @throws CommandError `POLICY_INVALID` with every problem and its line, `FILE_UNREADABLE`: a gate
 * that was to have a policy does not start without.
 */
export function openPolicy({ file, log, onReload }: PolicyFileOptions): PolicyFile {
  const since = signatureOf([file]);
  let { policy, version } = readPolicy(file);
  const reload = (cause: string): void => {
    try {
      ({ policy, version } = readPolicy(file));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      log.error(
        { cause, file, reason: error.message, hint: error.hint },
        'a new policy was refused; the one before it stays in force',
      );
      onReload(cause, error.message);
      return;
    }
    log.info({ cause, file }, 'reloaded the policy');
    onReload(cause, undefined);
  };
  const watch = watchFiles([file], since, () => {
    reload('file changed');
    return Promise.resolve();
  });
  return {
    current: () => policy,
    version: () => version,
    reload,
    close: () => {
      watch.close();
    },
  };
}

function readPolicy(file: string): { readonly policy: Policy; readonly version: string } {
  const bytes = readBytes(file);
  const parsed = parsePolicy(bytes, path.basename(file));
  if (parsed.ok) return { policy: parsed.policy, version: versionOf(bytes) };
  const problems = parsed.problems.map(
    ({ line, column, message }) => `${file}:${line}:${column}: ${message}`,
  );
  throw new CommandError(
    'POLICY_INVALID',
    problems.join('; '),
    'mend the lines that are named; "dockgate policy check FILE" tries a policy before it bites',
  );
}

function versionOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12);
}

function readBytes(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `the policy ${file} cannot be read: ${systemCode(error)}`,
      'name a file that dockgate may read with --policy; without that flag every certificate is root',
      { cause: error },
    );
  }
}
