/** Are the files there, and are they nobody else's? */
import type { Accounts } from './accounts.ts';
import {
  failed,
  notChecked,
  ok,
  shellWord,
  shellWords,
  shortList,
  warning,
  type Check,
} from './check.ts';
import { octal, type FileFact } from './file-facts.ts';

/**
 * Files without which nothing runs.
 *
 * @param make the command that makes what is missing.
 */
export function checkPresent(files: readonly FileFact[], make: string): Check {
  const name = 'files';
  const missing = files.filter(({ error }) => error === 'ENOENT' || error === 'ENOTDIR');
  if (missing.length > 0) return failed(name, `missing: ${paths(missing)}`, make);
  const strange = files.filter(({ stat }) => stat !== undefined && stat.kind !== 'file');
  if (strange[0] !== undefined) {
    return failed(name, `no regular file: ${paths(strange)}`, `move it away, then: ${make}`);
  }
  const unreadable = files.filter(({ text }) => text === undefined);
  if (unreadable.length > 0) {
    const why = [...new Set(unreadable.map(({ error }) => error ?? 'unknown'))].join(', ');
    return failed(
      name,
      `cannot be read (${why}): ${paths(unreadable)}`,
      `run this command as the user who runs the gate: ls -l ${words(unreadable)}`,
    );
  }
  return ok(name, paths(files));
}

export interface Guarded {
  /** Readable by their owner alone. */
  readonly keys: readonly FileFact[];
  /** Changed by their owner alone: who may replace ca.pem lets himself in. */
  readonly certificates: readonly FileFact[];
  readonly directories: readonly FileFact[];
}

/** Keys 0600; nothing that another user may write; directories 0700, where less is a warning. */
export function checkModes({ keys, certificates, directories }: Guarded): Check {
  const name = 'modes';
  if (![...keys, ...certificates].some(({ stat }) => stat)) return notChecked(name, 'files');
  const open = keys.filter((file) => grants(file, 0o077));
  const writable = [...certificates, ...directories].filter((file) => grants(file, 0o022));
  const readable = directories.filter((file) => grants(file, 0o077));
  if (open.length > 0) {
    return failed(name, `others can read a key: ${modes(open)}`, `chmod 600 ${words(open)}`);
  }
  if (writable.length > 0) {
    const found = `others can change: ${modes(writable)}`;
    return failed(name, found, `chmod go-w ${words(writable)}`);
  }
  if (readable.length > 0) {
    const found = `others can look into: ${modes(readable)}`;
    return warning(name, found, `chmod 700 ${words(readable)}`);
  }
  return ok(name, 'nobody else can read a key or change a file');
}

/**
 * Everything belongs to one user, the owner of the directory of certificates, or to root: another
 * owner can change modes and contents at will.
 *
 * @param me user id of this process.
 */
export function checkOwner(
  directory: FileFact,
  files: readonly FileFact[],
  me: number,
  accounts: Accounts,
): Check {
  const name = 'owner';
  const { stat } = directory;
  if (stat === undefined) return notChecked(name, 'files');
  const expected = stat.uid;
  if (me !== 0 && expected !== me) {
    return failed(
      name,
      `${directory.path} belongs to ${accounts.user(expected)}, this user is ${accounts.user(me)}`,
      `run the gate and this command as that user: sudo -u ${accounts.user(expected)} dockgate doctor`,
    );
  }
  const foreign = files.filter(
    (file) => file.stat !== undefined && file.stat.uid !== expected && file.stat.uid !== 0,
  );
  if (foreign.length > 0) {
    const owners = [...new Set(foreign.map((file) => accounts.user(file.stat?.uid ?? 0)))];
    return failed(
      name,
      `${owners.join(', ')} instead of ${accounts.user(expected)}: ${paths(foreign)}`,
      `sudo chown ${accounts.user(expected)} ${words(foreign)}`,
    );
  }
  return ok(name, `${accounts.user(expected)}, for all of ${directory.path}`);
}

const grants = ({ stat }: FileFact, bits: number): boolean =>
  stat !== undefined && (stat.mode & bits) !== 0;

const paths = (files: readonly FileFact[]): string => shortList(files.map((file) => file.path));
const words = (files: readonly FileFact[]): string => shellWords(files.map((file) => file.path));
const modes = (files: readonly FileFact[]): string =>
  shortList(files.map(({ path, stat }) => `${shellWord(path)} is ${octal(stat?.mode ?? 0)}`));
