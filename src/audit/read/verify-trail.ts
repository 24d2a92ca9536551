import type { KeyObject } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Problem, Verdict } from '../chain/verdict.ts';
import { Verifier } from '../chain/verify.ts';
import { blocksOf, type OnRead } from './blocks.ts';
import type { Chain, TrailFile } from './files.ts';
import { paths } from './locate.ts';

/** What became of one chain. */
export interface ChainVerdict extends Verdict {
  readonly chain: string;
  readonly files: readonly string[];
}

export interface TrailVerdict {
  readonly chains: readonly ChainVerdict[];
  /** Files of lines that are no chain, written before there were chains. */
  readonly unchained: readonly string[];
  /** What is wrong, first things first; empty where all is well. */
  readonly problems: readonly Problem[];
}

export interface VerifyOptions {
  /** Public keys by their ids. */
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** Hash of a line that has to be in the trail. */
  readonly expectHead?: string | undefined;
  /** True where the files are all that there are: then what came before the first has to have been removed in order. */
  readonly isWhole: boolean;
  readonly onRead?: OnRead;
}

/**
 * Verifies each chain of a trail, and that what one says of another is true.
 *
 * @throws CommandError `AUDIT_UNREADABLE`.
 */
export async function verifyTrail(
  chains: readonly Chain[],
  options: VerifyOptions,
): Promise<TrailVerdict> {
  const verdicts: ChainVerdict[] = [];
  const followed = chains.flatMap(({ files }) => files.flatMap((file) => file.follows ?? []));
  const heads = new Set(followed.map(({ hash }) => hash));
  if (options.expectHead !== undefined) heads.add(options.expectHead);
  const unmet = new Set(heads);
  for (const { id, files } of chains) {
    if (id === '') continue;
    const verifier = new Verifier(options.keys, heads);
    for await (const path of paths(files)) await verifyFile(verifier, path, path, options.onRead);
    for (const head of heads) if (!verifier.missing.has(head)) unmet.delete(head);
    verdicts.push({ chain: id, files: files.map(({ path }) => path), ...verifier.end() });
  }
  const problems = verdicts.flatMap((verdict) => problemsOf(verdict, options));
  const { expectHead, isWhole } = options;
  if (expectHead !== undefined && unmet.has(expectHead)) {
    problems.push(headMissing(chains, expectHead));
  }
  if (isWhole) problems.push(...unfollowed(chains, unmet));
  if (verdicts.length === 0) problems.push(nothingChained(chains));
  const unchained = chains.filter(({ id }) => id === '').flatMap(({ files }) => files);
  return { chains: verdicts, unchained: unchained.map(({ path }) => path), problems };
}

/** Verifies one chain that comes as a stream. */
export async function verifyStream(input: Readable, options: VerifyOptions): Promise<TrailVerdict> {
  const heads = new Set(options.expectHead === undefined ? [] : [options.expectHead]);
  const verifier = new Verifier(options.keys, heads);
  await verifyFile(verifier, input, 'standard input', options.onRead);
  const verdict = { chain: '', files: ['standard input'], ...verifier.end() };
  const problems = problemsOf(verdict, options);
  if (verifier.missing.size > 0 && options.expectHead !== undefined) {
    problems.push(headMissing([], options.expectHead));
  }
  return { chains: [verdict], unchained: [], problems };
}

async function verifyFile(
  verifier: Verifier,
  source: string | Readable,
  name: string,
  onRead?: OnRead,
): Promise<void> {
  verifier.beginFile(name);
  for await (const block of blocksOf(source, onRead)) {
    // What comes behind the first bad line tells nothing.
    if (!verifier.add(block)) return;
  }
}

function problemsOf(verdict: ChainVerdict, { isWhole }: VerifyOptions): Problem[] {
  const { problem, lines, checkpoints, firstSeq, removedUpTo, files } = verdict;
  const first = { file: files[0] ?? '', line: 1 };
  if (problem !== undefined) return [problem];
  if (lines === 0) {
    return [{ ...first, line: 0, reason: 'it is empty: there is nothing to verify' }];
  }
  if (checkpoints === 0) {
    return [{ ...first, reason: 'there is no checkpoint: nothing in this chain is protected' }];
  }
  if (isWhole && firstSeq > 1 && removedUpTo < firstSeq - 1) {
    const reason = `lines ${removedUpTo + 1} to ${firstSeq - 1} are missing before it, and were not removed by --audit-keep`;
    return [{ ...first, seq: firstSeq, reason }];
  }
  return [];
}

/** Chains that were written behind a line which is not there, and was not removed by retention either. */
function unfollowed(chains: readonly Chain[], unmet: ReadonlySet<string>): Problem[] {
  const files = chains.flatMap((chain) => chain.files);
  return files.flatMap(({ path, follows }) => {
    if (follows === undefined || !unmet.has(follows.hash)) return [];
    if (chains.some(({ files: [first] }) => (first?.firstSeq ?? 0) > follows.seq)) return [];
    const reason = `it was written behind line ${follows.seq} of another file, which is not as it was then`;
    return [{ file: path, line: 1, reason }];
  });
}

function headMissing(chains: readonly Chain[], head: string): Problem {
  const last = chains.flatMap(({ files }): readonly TrailFile[] => files).at(-1);
  const reason = `no line of the trail has the hash ${head}: lines were cut off at the end, or replaced`;
  return { file: last?.path ?? 'standard input', line: 0, reason };
}

function nothingChained(chains: readonly Chain[]): Problem {
  const file = chains[0]?.files[0]?.path ?? '';
  return { file, line: 1, reason: 'its lines are not chained' };
}
