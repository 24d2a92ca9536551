import type { OnRead } from './blocks.ts';
import type { Chain } from './files.ts';
import { compileFilter, targetOf, type Fields } from './filter.ts';
import { query } from './query.ts';

/** One call: all that the trail has of it. */
export interface Story {
  readonly id: string;
  /** Its lines in order: intent and end, where it has both. */
  readonly lines: readonly Fields[];
  /** Other calls to the same object around it, oldest first. */
  readonly around: readonly Fields[];
}

/** The most lines that are shown of what else happened. */
const MOST_AROUND = 50;
/** Calls whose ids begin alike; more are not told apart. */
const MOST_LINES = 8;

/**
 * Finds a call by its id, or the beginning of it.
 *
 * @param aroundMs how long before and after it others are looked for, ms.
 * @returns the ids that begin so where there are several; undefined where there is none.
 * @throws CommandError `AUDIT_UNREADABLE`.
 */
export async function findCall(
  chains: readonly Chain[],
  id: string,
  aroundMs: number,
  onRead?: OnRead,
): Promise<Story | { readonly ids: readonly string[] } | undefined> {
  const options = { order: 'oldest', limit: MOST_LINES, ...(onRead && { onRead }) } as const;
  const lines: Fields[] = [];
  const filter = compileFilter({ id: [id], event: ['*'] });
  for await (const { fields } of query(chains, filter, options)) lines.push(fields);
  const ids = [...new Set(lines.map((line) => String(line['id'])))];
  const [only, second] = ids;
  if (only === undefined) return undefined;
  if (second !== undefined) return { ids };
  return { id: only, lines, around: await findAround(chains, lines, aroundMs) };
}

async function findAround(
  chains: readonly Chain[],
  lines: readonly Fields[],
  aroundMs: number,
): Promise<Fields[]> {
  const objects = namesOf(lines);
  if (objects.length === 0) return [];
  const times = lines.map(({ time }) => Date.parse(String(time))).filter(Number.isFinite);
  const filter = compileFilter({
    container: objects,
    since: Math.min(...times) - aroundMs,
    until: Math.max(...times) + aroundMs + 1,
  });
  const around: Fields[] = [];
  const options = { order: 'oldest', limit: MOST_AROUND + lines.length } as const;
  for await (const { fields } of query(chains, filter, options)) {
    if (fields['id'] !== lines[0]?.['id']) around.push(fields);
  }
  return around.slice(0, MOST_AROUND);
}

/** Under what names the container of a call may stand in other lines. */
function namesOf(lines: readonly Fields[]): string[] {
  const names = new Set<string>();
  for (const line of lines) {
    const { kind, id, name, asked, container } = targetOf(line);
    if (kind !== 'container' && kind !== 'exec') continue;
    for (const one of [
      id,
      container,
      name,
      ...(Array.isArray(asked) ? (asked as unknown[]) : []),
    ]) {
      if (typeof one === 'string' && one !== '') names.add(one);
    }
  }
  return [...names];
}
