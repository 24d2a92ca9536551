import fs from 'node:fs';
import path from 'node:path';
import { GENESIS, type Link } from '../chain/link.ts';
import { findTrail, namesBeside, readHead, type TrailFile } from '../read/files.ts';
import { newChain, type Start } from './log-parts.ts';
import { lastLink, readTail } from './tail.ts';

/**
 * Where the chain goes on: in the file, behind what was rotated away from it, or nowhere.
 *
 * @param predecessor of a new chain that is written beside another one.
 * @param now ms since the epoch.
 * @throws CommandError `AUDIT_UNREADABLE`, or the system's error.
 */
export async function findStart(
  file: string,
  predecessor: Start['predecessor'],
  now: number,
): Promise<Start> {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > 0) {
    const tail = readTail(file);
    const head = await readHead(file);
    if (tail?.link !== undefined && head !== undefined) {
      const since = Date.parse(head.firstTime) || now;
      return { chain: head.chain, head: tail.link, rest: tail.rest, since };
    }
    setAside(file, now);
  }
  const nothing = { rest: Buffer.alloc(0), since: now };
  const last = await lastRotated(file);
  if (last !== undefined) {
    return { ...nothing, chain: last.chain, head: last.link, predecessor: { file: last.name } };
  }
  return { ...nothing, chain: newChain(), head: GENESIS, predecessor };
}

/** Lines that are no chain (of an older version, or of somebody else) are kept under another name. */
function setAside(file: string, now: number): void {
  const { dir, name, ext } = path.parse(file);
  const when = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  fs.renameSync(file, path.join(dir, `${name}.unchained-${when}${ext}`));
}

/** The end of what was rotated away last, by whomever; undefined where there is none. */
async function lastRotated(
  file: string,
): Promise<{ name: string; chain: string; link: Link } | undefined> {
  // Not the files that other processes write beside this one: they are chains of their own.
  const others = new RegExp(`^${escape(path.parse(file).name)}\\.\\d{1,2}\\.`);
  if (namesBeside(file).length === 0) return undefined;
  const chains = await findTrail(file);
  const own = chains
    .map(({ files }) => files.filter((one) => one.firstSeq > 0 && !others.test(nameOf(one))))
    .filter((files) => files.length > 0);
  const last = own.toSorted(byLastTime).at(-1)?.at(-1);
  if (last === undefined) return undefined;
  const link = await lastLink(last.path);
  return link === undefined
    ? undefined
    : { name: path.basename(last.path), chain: last.chain, link };
}

/** A chain counts its lines; only of several chains, the time has to say which one was the last. */
function byLastTime(a: readonly TrailFile[], b: readonly TrailFile[]): number {
  const last = (files: readonly TrailFile[]): string =>
    files.reduce((latest, { firstTime }) => (firstTime > latest ? firstTime : latest), '');
  return last(a) < last(b) ? -1 : 1;
}

const nameOf = (file: TrailFile): string => path.basename(file.path);

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
