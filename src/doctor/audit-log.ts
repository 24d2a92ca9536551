import fs from 'node:fs';
import { systemCode } from '../errors.ts';
import { failed, ok, shellWord, skipped, warning, type Check } from './check.ts';
import { nearestDirectory } from './file-facts.ts';

/** What is known of the audit log's place. */
export interface AuditLogFact {
  /** Path, or `-` for standard output. */
  readonly path: string;
  readonly exists: boolean;
  /** Why no line could be written; undefined where one could. */
  readonly error: string | undefined;
  /** Of the file system; undefined where it cannot be told. */
  readonly space: { readonly free: number; readonly files: number | undefined } | undefined;
}

/** Opens the log for appending where it is there, and writes nothing. */
export function lookAtAuditLog(path: string): AuditLogFact {
  if (path === '-') return { path, exists: true, error: undefined, space: undefined };
  const exists = isThere(path);
  const place = exists ? path : nearestDirectory(path);
  return { path, exists, error: whyNotWritable(place, exists), space: spaceAt(place) };
}

/** A symbolic link is there, wherever it leads; what may not be looked at is taken for missing. */
function isThere(path: string): boolean {
  try {
    fs.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

const { O_APPEND, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

function whyNotWritable(place: string, isLog: boolean): string | undefined {
  try {
    if (!isLog) fs.accessSync(place, fs.constants.W_OK | fs.constants.X_OK);
    // As the gate opens it, but for making it.
    else fs.closeSync(fs.openSync(place, O_APPEND | O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
    return undefined;
  } catch (error) {
    return systemCode(error);
  }
}

function spaceAt(place: string): AuditLogFact['space'] {
  try {
    const { bavail, bsize, files, ffree } = fs.statfsSync(place);
    // Some file systems have no fixed number of files and say 0.
    return { free: bavail * bsize, files: files === 0 ? undefined : ffree };
  } catch {
    return undefined;
  }
}

const MIB = 1024 * 1024;
const LITTLE = 1024 * MIB;
const TOO_LITTLE = 100 * MIB;

/** A line can be written: no call is served without. */
export function checkAuditLog({ path, exists, error }: AuditLogFact, user: string): Check {
  const name = 'audit log';
  if (path === '-') return skipped(name, 'goes to standard output');
  if (error === undefined) return ok(name, exists ? path : `${path}, made at the first start`);
  const found = `${path} cannot be written by ${user}: ${error}`;
  if (error === 'ELOOP') {
    return failed(
      name,
      `${path} is a symbolic link, which is refused`,
      `name the file itself: --audit-log "$(readlink -f ${shellWord(path)})"`,
    );
  }
  if (error === 'EISDIR')
    return failed(
      name,
      found,
      `name a file in it: --audit-log ${shellWord(`${path}/audit.jsonl`)}`,
    );
  if (error === 'EROFS')
    return failed(
      name,
      found,
      'name a file on a file system that is not read-only with --audit-log',
    );
  const place = shellWord(exists ? path : nearestDirectory(path));
  return failed(
    name,
    found,
    `sudo chown ${shellWord(user)} ${place}, or name another file with --audit-log`,
  );
}

/** There is room for more lines: at 0 the gate answers every call with 503. */
export function checkDisk({ path, space }: AuditLogFact): Check {
  const name = 'disk';
  if (path === '-') return skipped(name, 'the audit log goes to standard output');
  if (space === undefined) return skipped(name, `the space for ${path} cannot be told`);
  const { free, files } = space;
  const found = `${sizeText(free)} free for the audit log${files === undefined ? '' : `, ${files} files`}`;
  const fix = `make room where ${shellWord(nearestDirectory(path))} lies (df -h shows it), or name another disk with --audit-log`;
  if (free < TOO_LITTLE || (files !== undefined && files < 100)) return failed(name, found, fix);
  return free < LITTLE ? warning(name, found, fix) : ok(name, found);
}

function sizeText(bytes: number): string {
  return bytes >= LITTLE ? `${(bytes / LITTLE).toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`;
}
