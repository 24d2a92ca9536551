import { blocksBackwards, blocksOf, isGzip, type OnRead } from './blocks.ts';
import type { Chain, TrailFile } from './files.ts';
import type { Filter } from './filter.ts';
import { paths } from './locate.ts';
import { eachMatch, type Match } from './match.ts';

export interface QueryOptions {
  readonly order: 'newest' | 'oldest';
  /** The most that is wanted. */
  readonly limit: number;
  readonly onRead?: OnRead;
  /** Told how many lines of a file are torn or damaged. */
  readonly onBad?: (file: string, lines: number) => void;
}

/** So many matches of one compressed file are held at a time when it is read from its end. */
const WINDOW = 20_000;

/**
 * The lines of a trail that match, in order, in constant memory. Where processes have written side by side, their
 * lines are merged by time.
 *
 * @throws CommandError `AUDIT_UNREADABLE`.
 */
export async function* query(
  chains: readonly Chain[],
  filter: Filter,
  options: QueryOptions,
): AsyncGenerator<Match> {
  let left = options.limit;
  const sources = chains.map(({ files }) => chainMatches(files, filter, options));
  const merged = sources.length === 1 ? (sources[0] ?? empty()) : merge(sources, options.order);
  for await (const match of merged) {
    if (left <= 0) return;
    left -= 1;
    yield match;
    if (left === 0) return;
  }
}

async function* chainMatches(
  files: readonly TrailFile[],
  filter: Filter,
  options: QueryOptions,
): AsyncGenerator<Match> {
  if (options.order === 'oldest') {
    for await (const path of paths(files)) yield* forwards(path, filter, options);
    return;
  }
  for await (const path of paths(files.toReversed())) {
    yield* isGzip(path) ? windows(path, filter, options) : backwards(path, filter, options);
  }
}

async function* forwards(
  file: string,
  filter: Filter,
  { onRead, onBad }: QueryOptions,
): AsyncGenerator<Match> {
  for await (const block of blocksOf(file, onRead)) {
    const found: Match[] = [];
    const bad = eachMatch(block, filter, (match) => found.push(match));
    if (bad > 0) onBad?.(file, bad);
    yield* found;
  }
}

function* backwards(
  file: string,
  filter: Filter,
  { onRead, onBad }: QueryOptions,
): Generator<Match> {
  for (const block of blocksBackwards(file, onRead)) {
    const found: Match[] = [];
    const bad = eachMatch(block, filter, (match) => found.push(match));
    if (bad > 0) onBad?.(file, bad);
    yield* found.toReversed();
  }
}

/**
 * A compressed file cannot be read from its end. It is read from its beginning, and the last matches are kept; should
 * more than those be wanted, it is read again.
 */
async function* windows(
  file: string,
  filter: Filter,
  { onRead, onBad }: QueryOptions,
): AsyncGenerator<Match> {
  let upTo = Infinity;
  while (upTo > 0) {
    const kept: Match[] = [];
    let count = 0;
    for await (const block of blocksOf(file, upTo === Infinity ? onRead : undefined)) {
      const bad = eachMatch(block, filter, (match) => {
        if (count < upTo) kept.push(match);
        count += 1;
      });
      if (bad > 0 && upTo === Infinity) onBad?.(file, bad);
      if (kept.length > 2 * WINDOW) kept.splice(0, kept.length - WINDOW);
      if (count >= upTo) break;
    }
    const end = Math.min(count, upTo);
    const window = kept.slice(-WINDOW);
    yield* window.toReversed();
    upTo = end - window.length;
  }
}

/** Takes from each source in turn what comes first. */
async function* merge(
  sources: readonly AsyncGenerator<Match>[],
  order: QueryOptions['order'],
): AsyncGenerator<Match> {
  const heads = await Promise.all(
    sources.map(async (source) => ({ source, next: await source.next() })),
  );
  for (;;) {
    let best: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next.done === true) continue;
      if (best === undefined || comesFirst(head.next.value, valueOf(best.next), order)) best = head;
    }
    if (best?.next.done !== false) return;
    yield best.next.value;
    best.next = await best.source.next();
  }
}

function valueOf(result: IteratorResult<Match, unknown>): Match | undefined {
  return result.done === true ? undefined : result.value;
}

function comesFirst(a: Match, b: Match | undefined, order: QueryOptions['order']): boolean {
  const [timeA, timeB] = [String(a.fields['time']), String(b?.fields['time'])];
  return order === 'newest' ? timeA > timeB : timeA < timeB;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source without lines
async function* empty(): AsyncGenerator<Match> {
  yield* [];
}
