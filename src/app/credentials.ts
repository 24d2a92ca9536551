import fs from 'node:fs';
import type { Config } from '../config/schema.ts';
import { CommandError, systemCode } from '../errors.ts';
import { checkCredentials, type Credentials } from '../listener/tls.ts';

/**
 * Reads what the listener needs, and checks that it can serve somebody with it.
 *
 * @param now ms since the epoch.
 * @throws CommandError `FILE_UNREADABLE`, `CERTIFICATE_INVALID`, `KEY_MISMATCH`,
 * `CERTIFICATE_EXPIRED`.
 */
export function readCredentials(files: Config['tls'], now: number): Credentials {
  const credentials = {
    ca: readText(files.ca),
    cert: readText(files.cert),
    key: readText(files.key),
  };
  checkCredentials(credentials, files, now);
  return credentials;
}

/**
 * The file's text. Throws CommandError `FILE_UNREADABLE`, a missing file included.
 *
 * @param missing what to do where there is none of this name.
 */
export function readText(file: string, missing = MAKE_A_SET): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    throw new CommandError(
      'FILE_UNREADABLE',
      `${file} cannot be read: ${code}`,
      code === 'ENOENT' ? missing : (HINTS[code] ?? FALLBACK_HINT),
      { cause: error },
    );
  }
}

const MAKE_A_SET =
  'make a set with "dockgate init-certs", start with --init, or name another directory with --certs';
const FALLBACK_HINT = 'run dockgate as the user who owns the file, or correct its owner and mode';
const HINTS: Readonly<Record<string, string>> = {
  ENOTDIR: 'a part of this path is a file: name a directory with --certs',
  EISDIR: 'this is a directory: name a file',
};

/** The same for a file that need not be there: undefined where nothing has this name. */
export function textIfPresent(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    if (error instanceof CommandError && systemCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}
