import type { Circumstances } from './judge.ts';
import type { CallRecord } from './ledger.ts';
import { readTrail, type Stage } from './stage.ts';

/** Of a line of the trail, what is compared. */
interface Line {
  readonly event: string;
  readonly time: string;
  readonly user?: string;
  readonly status?: number;
  readonly end?: string;
  readonly user_agent?: string;
  readonly result?: string;
  readonly suppressed?: number;
  readonly lost?: number;
  readonly since?: string;
  readonly until?: string;
}

/** The whole trail of a run, as `dockgate audit` reads it. */
export interface Trail {
  readonly calls: readonly Line[];
  readonly gaps: readonly Line[];
  readonly reloads: readonly Line[];
  /** Peers that were refused at the door, and so made no call. */
  readonly refusals: readonly Line[];
  /** What `dockgate audit verify` said, and its exit code. */
  readonly verified: { readonly code: number | null; readonly text: string };
}

export async function fetchTrail(stage: Stage): Promise<Trail> {
  const of = async (event: string): Promise<Line[]> => {
    const { code, text } = await readTrail(stage, 'query', '--json', '--event', event);
    if (code !== 0) throw new Error(`audit query: exit code ${code ?? '-'}: ${text}`);
    return text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
  };
  return {
    ...{ calls: await of('call'), gaps: await of('gap'), reloads: await of('gate-reload') },
    refusals: [...(await of('peer-refused')), ...(await of('gate-stop'))],
    verified: await readTrail(stage, 'verify'),
  };
}

/** How calls and trail compare. */
export interface Comparison {
  readonly found: number;
  /** Answered calls without a line that lie in a gap which the trail tells of. */
  readonly inGaps: number;
  /** Answers to users who were turned away at the door: no calls, so no lines but those of refused peers. */
  readonly atTheDoor: number;
  /** Lines that the trail says were lost. */
  readonly lost: number;
  /** Everything that should not be. */
  readonly faults: readonly string[];
}

/**
 * Compares what clients know with what the trail tells: one line for each answered call, and never two.
 *
 * @param marked calls beside the ledger, by their User-Agent, and how their lines have to end; undefined: anyhow.
 */
export function compare(
  records: readonly CallRecord[],
  marked: ReadonlyMap<string, string | undefined>,
  trail: Trail,
  circumstances: Circumstances,
): Comparison {
  const { revoked } = circumstances;
  const lines = byMarker(trail.calls);
  const lost = trail.gaps.reduce((sum, gap) => sum + (gap.lost ?? 0), 0);
  const faults: string[] = [];
  let [found, inGaps, atTheDoor] = [0, 0, 0];
  for (const record of records) {
    const own = lines.get(record.marker) ?? [];
    if (own.length > 1) faults.push(`${record.marker}: ${own.length} lines`);
    const [line] = own;
    if (line !== undefined) {
      found += 1;
      faults.push(...differences(record, line, circumstances));
    } else if (record.status === 403 && record.to > (revoked.get(record.user) ?? Infinity)) {
      atTheDoor += 1;
    } else if (record.status !== undefined || record.outlivesCertificate === true) {
      if (isInGap(record, trail.gaps)) inGaps += 1;
      else faults.push(`${record.marker} (${record.kind}, ${record.status ?? '-'}): no line`);
    }
  }
  for (const [marker, end] of marked) {
    const own = lines.get(marker) ?? [];
    if (own.length !== 1) faults.push(`${marker}: ${own.length} lines`);
    else if (end !== undefined && own[0]?.end !== end)
      faults.push(`${marker}: its line says ${own[0]?.end ?? '-'} instead of ${end}`);
  }
  if (inGaps > lost) faults.push(`${inGaps} calls without a line, but ${lost} said to be lost`);
  const refused = trail.refusals.reduce((sum, line) => sum + (line.suppressed ?? 0), 0);
  const told = refused + trail.refusals.filter(({ event }) => event === 'peer-refused').length;
  if (atTheDoor > told) faults.push(`${atTheDoor} turned away, and ${told} refusals in the trail`);
  return { found, inGaps, atTheDoor, lost, faults };
}

function byMarker(calls: readonly Line[]): Map<string, Line[]> {
  const lines = new Map<string, Line[]>();
  for (const line of calls) {
    const marker = line.user_agent ?? '';
    const own = lines.get(marker);
    if (own === undefined) lines.set(marker, [line]);
    else own.push(line);
  }
  return lines;
}

function differences(record: CallRecord, line: Line, circumstances: Circumstances): string[] {
  const wrong = [];
  const told = `${record.marker} (${record.kind})`;
  if (line.user !== record.user) wrong.push(`${told}: the line is of ${line.user ?? 'nobody'}`);
  if (record.status !== undefined && line.status !== record.status) {
    wrong.push(`${told}: ${record.status} for the client, ${line.status ?? '-'} in its line`);
  }
  const { outlivesCertificate = false, whole, error } = record;
  const wasCut = line.end === 'certificate-ended';
  if (wasCut && !mayBeCut(record, circumstances))
    wrong.push(`${told}: cut for a certificate that held`);
  if (!wasCut && outlivesCertificate && !whole && error !== undefined)
    wrong.push(`${told}: its certificate was replaced, and its line says ${line.end ?? '-'}`);
  return wrong;
}

/** Where the certificate that a call came with was worth nothing any more when it ended. */
function mayBeCut(record: CallRecord, { windows, revoked }: Circumstances): boolean {
  const { user, outlivesCertificate, to } = record;
  if (revoked.has(user)) return windows.explains('revoked', to, to);
  return outlivesCertificate === true && windows.explains('CA dropped', to, to);
}

/** A line is made when its call ends, or a little later: between these two moments, give or take the clocks' grain. */
function isInGap({ at, from, to }: CallRecord, gaps: readonly Line[]): boolean {
  const end = at + (to - from);
  return gaps.some(
    ({ since, until }) =>
      since !== undefined &&
      until !== undefined &&
      end + PATIENCE_MS >= Date.parse(since) - GRAIN_MS &&
      end <= Date.parse(until) + PATIENCE_MS + GRAIN_MS,
  );
}

const GRAIN_MS = 100;
/** So long a line waits for what the daemon says its call was about (src/app/patience.ts). */
const PATIENCE_MS = 250;
