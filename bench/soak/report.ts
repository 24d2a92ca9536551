import Table from 'cli-table3';
import type { Assertion } from './asserted.ts';
import { held, mib, percent } from './asserted.ts';
import { judge, type Circumstances } from './judge.ts';
import type { CallRecord } from './ledger.ts';
import type { Stock } from './stock.ts';

/** Calls per kind, and what became of them. */
export function trafficTable(records: readonly CallRecord[], circumstances: Circumstances): string {
  const table = new Table({
    head: ['traffic', 'calls', 'right', 'explained', 'wrong', 'p50 ms', 'p99 ms'],
  });
  const kinds = [...new Set(records.map(({ kind }) => kind))].sort();
  for (const kind of kinds)
    table.push([
      kind,
      ...summary(
        records.filter((one) => one.kind === kind),
        circumstances,
      ),
    ]);
  table.push(['all', ...summary(records, circumstances)]);
  return table.toString();
}

function summary(
  records: readonly CallRecord[],
  circumstances: Circumstances,
): (string | number)[] {
  const verdicts = records.map((record) => judge(record, circumstances).verdict);
  const of = (verdict: string) => verdicts.filter((one) => one === verdict).length;
  const times = records
    .filter(({ whole }) => whole)
    .map(({ from, to }) => to - from)
    .sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor((times.length - 1) * part)] ?? 0).toFixed(1);
  return [records.length, of('right'), of('explained'), of('fault'), at(0.5), at(0.99)];
}

/** What was done to the gate, and which errors that explains. */
export function faultTable(
  counts: ReadonlyMap<string, number>,
  records: readonly CallRecord[],
  circumstances: Circumstances,
): string {
  const table = new Table({ head: ['fault', 'times'] });
  for (const [what, count] of counts) table.push([what, count]);
  const explained = new Map<string, number>();
  for (const record of records) {
    const judged = judge(record, circumstances);
    if (judged.verdict === 'explained')
      explained.set(judged.as, (explained.get(judged.as) ?? 0) + 1);
  }
  for (const [as, count] of [...explained].sort()) table.push([`  errors: ${as}`, count]);
  return table.toString();
}

export function stockTable(before: Stock, after: Stock): string {
  const table = new Table({ head: ['left when nobody calls', 'after warm-up', 'at the end', ''] });
  const rows = (title: string, pick: (stock: Stock) => Readonly<Record<string, number>>) => {
    const [old, now] = [pick(before), pick(after)];
    for (const kind of new Set([...Object.keys(old), ...Object.keys(now)])) {
      table.push([`${title}: ${kind}`, old[kind] ?? 0, now[kind] ?? 0, '']);
    }
  };
  rows('descriptor', (stock) => stock.descriptors);
  rows('keeps the loop', (stock) => stock.report.resources);
  rows('object', (stock) => stock.report.objects);
  const bytes = (title: string, pick: (stock: Stock) => number) =>
    table.push([title, mib(pick(before)), mib(pick(after)), percent(pick(after) / pick(before))]);
  bytes('heap and external, MiB', held);
  bytes('resident, MiB', ({ resident }) => resident);
  return table.toString();
}

/** How busy the machine was: what the gate's main thread did in the run, and how long it was kept from it. */
export function schedule(before: Stock, after: Stock): string {
  const ran = after.scheduled.ran - before.scheduled.ran;
  const waited = after.scheduled.waited - before.scheduled.waited;
  return `the gate ran for ${ran.toFixed(1)} s and waited for a core for ${waited.toFixed(1)} s`;
}

export function assertionTable(assertions: readonly Assertion[]): string {
  const lines = assertions.map(
    ({ name, holds, seen }) => `${holds ? 'ok    ' : 'FAILED'} ${name}: ${seen}`,
  );
  return lines.join('\n');
}
