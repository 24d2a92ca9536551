import { setTimeout as pause } from 'node:timers/promises';
import { assertions, type Assertion } from './asserted.ts';
import { judge } from './judge.ts';
import { assertionTable, faultTable, schedule, stockTable, trafficTable } from './report.ts';
import { GUESTS, Run, type SoakOptions } from './run.ts';
import { setStage, type Stage } from './stage.ts';
import type { Stock } from './stock.ts';
import { compare, fetchTrail } from './trail.ts';

const CLIENTS_PER_USER = 6;
const WARM_UP_MS = 25_000;
/** From so many minutes on each fault comes once before the count that the last one is compared with: what it compiles is no leak. */
const LONG_MIN = 5;
/** The file system of the trail: some for each minute, and room for a start. */
const AUDIT_MIB = { start: 64, minute: 8 };

/** What was measured of the gate's process. */
interface Measures {
  readonly before: Stock;
  readonly after: Stock;
  readonly lagP99: number;
}

/** Prints what it does and what came of it. @returns all that was asserted. */
export async function soak(options: SoakOptions): Promise<readonly Assertion[]> {
  const count = Math.ceil((options.clients - GUESTS) / CLIENTS_PER_USER);
  const users = Array.from({ length: count }, (_, at) => `user${at}`);
  options.tell(`seed ${options.seed}: ${options.clients} clients of ${count} users, and guests`);
  const stage = await setStage(
    users,
    Math.ceil(AUDIT_MIB.start + AUDIT_MIB.minute * options.minutes),
  );
  try {
    const run = new Run(options, stage, users);
    const measures = await goThrough(run, stage, options);
    const stopCode = await stage.gate.process.stop('SIGTERM');
    return await conclude(run, stage, measures, stopCode);
  } finally {
    await stage.close();
  }
}

async function goThrough(run: Run, stage: Stage, options: SoakOptions): Promise<Measures> {
  options.tell('warm-up');
  const warm = run.crowd();
  await pause(WARM_UP_MS);
  if (options.minutes >= LONG_MIN) await run.suffer(warm, 0);
  await warm.stop();
  const before = await run.takeStock();
  options.tell(`traffic and faults, ${options.minutes} min at the least`);
  const crowd = run.crowd();
  await run.suffer(crowd, options.minutes);
  await crowd.stop();
  const { p99 } = (await stage.gate.report()).lag;
  return { before, after: await run.takeStock(), lagP99: p99 };
}

async function conclude(run: Run, stage: Stage, measures: Measures, stopCode: number | null) {
  const records = run.ledger.calls;
  const faults = records
    .map((record) => judge(record, run))
    .flatMap((judged) => (judged.verdict === 'fault' ? [judged.what] : []));
  const trail = await fetchTrail(stage);
  const comparison = compare(records, run.marked, trail, run);
  const asserted = assertions({
    ...{ ...measures, stopCode, faults, trail, comparison },
    failures: run.failures,
    spoiled: run.counts.get('bad policy written') ?? 0,
    diskFilled: run.counts.get('audit disk filled and emptied') ?? 0,
    answered: records.filter(({ status }) => status !== undefined).length,
  });
  const { found, inGaps, atTheDoor, lost } = comparison;
  console.log(trafficTable(records, run));
  console.log(faultTable(run.counts, records, run));
  console.log(stockTable(measures.before, measures.after));
  console.log(
    `trail: ${found} of ${records.length} calls found, ${inGaps} in gaps, ${atTheDoor} turned away at the door, ${lost} lines lost in gaps`,
  );
  console.log(schedule(measures.before, measures.after));
  console.log(assertionTable(asserted));
  return asserted;
}
