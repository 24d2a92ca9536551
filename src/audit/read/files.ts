import fs from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../../errors.ts';
import { hashLine, readLink, type Link } from '../chain/link.ts';
import { blocksOf, unreadable, type Block } from './blocks.ts';
import { inodeOf } from './inode.ts';

/** A file of a trail, and where its first line stands. */
export interface TrailFile {
  readonly path: string;
  /** Device and number, by which it is known when it has another name. */
  readonly inode: string;
  /** The chain that it is a part of; empty for lines that are not chained. */
  readonly chain: string;
  /** Number of its first line; 0 where lines are not chained. */
  readonly firstSeq: number;
  /** Time of its first line as written; empty where it has none. */
  readonly firstTime: string;
  /** The line of another chain that its first line says it was written behind. */
  readonly follows?: Link;
}

/** The files of one chain, oldest first. */
export interface Chain {
  readonly id: string;
  readonly files: readonly TrailFile[];
}

/**
 * The files that belong to a log: itself, what was rotated away from it (by dockgate or by logrotate, compressed or
 * not), and what other processes wrote beside it.
 *
 * @param log path of the live file, which may be missing.
 * @throws CommandError `AUDIT_UNREADABLE` where there is none at all, or the directory cannot be read.
 */
export async function findTrail(log: string): Promise<Chain[]> {
  if (fs.statSync(log, { throwIfNoEntry: false })?.isDirectory() === true) throw isDirectory(log);
  for (let turn = 1; ; turn += 1) {
    const files = filesOf(log);
    const chains = await orderTrail([...files.keys()]);
    // Rotated meanwhile: a file may have been missed, or be there under two names.
    if (turn === MOST_TURNS || sameFiles(files, filesOf(log))) return chains;
  }
}

/** A log that is rotated more often than it can be looked at is taken as it was found. */
const MOST_TURNS = 20;

/** Path → inode. */
function filesOf(log: string): ReadonlyMap<string, string | undefined> {
  const files = namesBeside(log).map((name) => path.join(path.dirname(log), name));
  if (files.length === 0) {
    throw new CommandError(
      'AUDIT_UNREADABLE',
      `there is no audit log ${log}`,
      'name the log that "dockgate serve" writes with --audit-log',
    );
  }
  return new Map(files.map((file) => [file, inodeOf(file)]));
}

function sameFiles(
  a: ReadonlyMap<string, string | undefined>,
  b: ReadonlyMap<string, string | undefined>,
): boolean {
  return a.size === b.size && [...a].every(([file, inode]) => b.get(file) === inode);
}

/**
 * The chains of files that somebody has named.
 *
 * @throws CommandError `AUDIT_UNREADABLE` where one of them is not there, or is no file: what is not read
 * must not count as read.
 */
export async function trailOfFiles(paths: readonly string[]): Promise<Chain[]> {
  for (const file of paths) {
    let found;
    try {
      found = fs.statSync(file);
    } catch (error) {
      throw unreadable(file, error);
    }
    if (found.isDirectory()) throw isDirectory(file);
  }
  return orderTrail(paths);
}

function isDirectory(name: string): CommandError {
  return new CommandError(
    'AUDIT_UNREADABLE',
    `${name} is a directory, not a log`,
    'name the log that "dockgate serve" writes with --audit-log',
  );
}

/** Sorts files into chains by what their first lines say: oldest chain first, each by its own count. */
async function orderTrail(paths: readonly string[]): Promise<Chain[]> {
  const chains = new Map<string, TrailFile[]>();
  for (const file of paths) {
    const head = await readHead(file);
    if (head === undefined) continue;
    chains.set(head.chain, [...(chains.get(head.chain) ?? []), head]);
  }
  return [...chains]
    .map(([id, files]) => ({ id, files: files.toSorted(byPlace) }))
    .toSorted((a, b) => compare(a.files[0]?.firstTime ?? '', b.files[0]?.firstTime ?? ''));
}

function byPlace(a: TrailFile, b: TrailFile): number {
  return a.firstSeq - b.firstSeq || compare(a.firstTime, b.firstTime);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Names of files that look like parts of the log; not its lock, and not what is half compressed. */
export function namesBeside(log: string): string[] {
  const { base, name, ext } = path.parse(log);
  let names: string[];
  try {
    names = fs.readdirSync(path.dirname(log));
  } catch (error) {
    throw new CommandError(
      'AUDIT_UNREADABLE',
      `${path.dirname(log)} cannot be read: ${systemCode(error)}`,
      'name the log that "dockgate serve" writes with --audit-log',
      { cause: error },
    );
  }
  const parts = names.filter((file) => {
    if (/\.(?:lock|tmp|pem)$/.test(file) || file.includes('.lock.')) return false;
    if (file === base || file.startsWith(`${base}.`) || file.startsWith(`${base}-`)) return true;
    return file.startsWith(`${name}.`) && file.replace(/\.gz$/, '').endsWith(ext) && ext !== '';
  });
  // Compressed, but not yet deleted: the same lines twice.
  return parts.filter((file) => !file.endsWith('.gz') || !parts.includes(file.slice(0, -3)));
}

/** @returns undefined for an empty file, and for one that is gone since its name was read. */
export async function readHead(file: string): Promise<TrailFile | undefined> {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  try {
    for await (const block of blocksOf(file)) return headIn(file, block);
  } catch (error) {
    if (!fs.existsSync(file)) return undefined;
    throw error;
  }
  return undefined;
}

function headIn(file: string, { bytes, start, end, torn }: Block): TrailFile | undefined {
  if (torn) return undefined;
  let from = start;
  while (from < end) {
    const to = bytes.indexOf(0x0a, from);
    const link = readLink(bytes, from, to);
    // Behind a torn line there may be a whole one.
    if (link !== undefined) return headOf(file, bytes.toString('latin1', from, to), link.seq);
    from = to + 1;
  }
  return headOf(file, bytes.toString('latin1', start, bytes.indexOf(0x0a, start)), 0);
}

function headOf(file: string, line: string, firstSeq: number): TrailFile {
  let fields: { chain?: unknown; time?: unknown; predecessor?: Partial<Link> } = {};
  try {
    fields = JSON.parse(line) as typeof fields;
  } catch {
    // No line of ours; its file comes first.
  }
  const { seq, hash } = fields.predecessor ?? {};
  return {
    ...(firstSeq === 1 && seq !== undefined && hash !== undefined && { follows: { seq, hash } }),
    path: file,
    inode: inodeOf(file) ?? '',
    // A chain whose file has lost its first line is still one: known by the line that is first now.
    chain: firstSeq === 0 ? '' : text(fields.chain) || hashLine(line),
    firstSeq,
    firstTime: text(fields.time),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
