import fs from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../errors.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/types.ts';
import type { Log } from './log.ts';

/** The policy in force. */
export interface PolicyFile {
  /** As it is now: whoever judges a call keeps to one. */
  readonly current: () => Policy;
  /** Reads the file again. A bad one is refused whole, and the old one stays. */
  reload(): void;
  /** Stops watching. */
  close(): void;
}

interface PolicyFileOptions {
  readonly file: string;
  readonly log: Log;
  /** Hears of each reload: why it was refused, or nothing where the new policy is in force. */
  readonly onReload: (problem: string | undefined) => void;
}

/** Editors write a file in several steps; this long after the last one it is read, ms. */
const SETTLE_MS = 100;

/**
 * Reads a policy, and reads it again whenever the file changes.
 *
 * @throws CommandError `POLICY_INVALID` with every problem and its line, `FILE_UNREADABLE`: a gate
 * that was to have a policy does not start without.
 */
export function openPolicy({ file, log, onReload }: PolicyFileOptions): PolicyFile {
  let text = readText(file);
  let policy = readPolicy(text, file);
  const reload = (): void => {
    try {
      const next = readText(file);
      if (next === text) return;
      policy = readPolicy(next, file);
      text = next;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      log.error({ file }, `the policy stays as it was: ${error.message}`);
      onReload(error.message);
      return;
    }
    log.info({ file }, 'a new policy is in force');
    onReload(undefined);
  };
  const watcher = watchFile(file, reload, log);
  return {
    current: () => policy,
    reload,
    close: () => {
      watcher.close();
    },
  };
}

function readPolicy(text: string, file: string): Policy {
  const parsed = parsePolicy(text, path.basename(file));
  if (parsed.ok) return parsed.policy;
  const problems = parsed.problems.map(
    ({ line, column, message }) => `${file}:${line}:${column}: ${message}`,
  );
  throw new CommandError(
    'POLICY_INVALID',
    problems.join('; '),
    'mend the lines that are named; "dockgate policy check FILE" tries a policy before it bites',
  );
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `the policy ${file} cannot be read: ${systemCode(error)}`,
      'name a file that dockgate may read with --policy; without that flag every certificate is root',
      { cause: error },
    );
  }
}

/**
 * Watches the directory, because a file that is replaced (by an editor, by a mount that is updated)
 * is another one afterwards, and nobody tells of changes to the old one.
 */
function watchFile(file: string, onChange: () => void, log: Log): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const watcher = fs.watch(path.dirname(file), { persistent: false }, () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
    timer.unref();
  });
  watcher.on('error', (error) => {
    log.warn({ file, code: systemCode(error) }, 'changes to the policy are not seen; send SIGHUP');
  });
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
