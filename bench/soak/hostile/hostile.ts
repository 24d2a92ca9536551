import Table from 'cli-table3';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child, mustRun } from '../../../test/support/e2e/child.ts';
import { mib } from '../asserted.ts';
import { setStage, type Stage } from '../stage.ts';
import { residentOf, scheduledOf, untilQuiet, type Stock } from '../stock.ts';
import { together, type Attacked } from './attacked.ts';
import { ATTACKS, type Attack } from './attacks.ts';
import { judgeEnds, judgeHeld } from './expected.ts';
import type { Probed } from './prober.ts';

const AUDIT_MIB = 512;
const QUIET_S = 10;
/** What the last connections held is let go a moment after the kernel has closed them. */
const LET_GO_MS = 1_000;
/** How much slower others may be while handshakes are flooded. */
const RATIO = 3;
/** Attackers would not work on the gate's cores: here they get what the others leave. */
const ELSEWHERE = ['-n', '19', process.execPath];

/** What one attack did. */
interface Row {
  readonly what: string;
  /** None for the quiet row. */
  readonly attack?: Attack;
  readonly attacked: Attacked | undefined;
  readonly probed: Probed;
  readonly peak: number;
  readonly after: number;
  /** Heap and external after a collection. */
  readonly kept: number;
  /** How long the gate's main thread ran meanwhile, and waited for a core, s. */
  readonly scheduled: Stock['scheduled'];
  /** The event loop's p99 until all was quiet again, ms. */
  readonly lag: number;
}

/** @returns what should not be. */
export async function hostile(only: readonly string[], tell: (what: string) => void) {
  const stage = await setStage(['victim', 'mallory'], AUDIT_MIB);
  try {
    const names = only.length > 0 ? only : Object.keys(ATTACKS);
    tell('quiet');
    const rows = [await measured(stage, 'quiet', undefined, () => pause(QUIET_S * 1000))];
    for (const name of names) {
      const attack = ATTACKS[name];
      if (attack === undefined)
        throw new Error(`no such attack: ${name}; there are: ${Object.keys(ATTACKS).join(', ')}`);
      tell(attack.what);
      rows.push(await attacked(stage, name, attack));
    }
    console.log(table(rows));
    return problems(rows, await stage.gate.process.stop('SIGTERM'));
  } finally {
    await stage.close();
  }
}

async function attacked(stage: Stage, name: string, attack: Attack): Promise<Row> {
  const script = path.join(import.meta.dirname, 'attacker.js');
  const { processes = 1, connections } = attack;
  const certs = path.join(stage.certs, 'clients', 'mallory');
  let result: Attacked | undefined;
  const row = await measured(
    stage,
    attack.what,
    () => result,
    async () => {
      const args = [...ELSEWHERE, script, name, String(stage.gate.port), certs];
      args.push(String(connections / processes));
      const all = Array.from({ length: processes }, () => mustRun('nice', args));
      result = together((await Promise.all(all)).map((text) => JSON.parse(text) as Attacked));
    },
  );
  return { ...row, attack };
}

/** Does something, and looks at the gate and at somebody else's calls meanwhile. */
async function measured(
  stage: Stage,
  what: string,
  result: (() => Attacked | undefined) | undefined,
  action: () => Promise<unknown>,
): Promise<Row> {
  const { pid, port } = stage.gate;
  const script = path.join(import.meta.dirname, 'prober.js');
  const certs = path.join(stage.certs, 'clients', 'victim');
  const prober = new Child(process.execPath, [script, String(port), certs], { stdin: 'open' });
  let peak = residentOf(pid);
  const look = setInterval(() => (peak = Math.max(peak, residentOf(pid))), 100);
  const before = scheduledOf(pid);
  await action();
  const after = scheduledOf(pid);
  clearInterval(look);
  prober.stdin.end();
  const { stdout, stderr } = await prober.outcome;
  if (stdout.length === 0) throw new Error(`the prober said nothing: ${stderr}`);
  await untilQuiet(pid, stage.quiet);
  const { lag } = await stage.gate.report();
  await pause(LET_GO_MS);
  const { memory } = await stage.gate.report();
  const probed = JSON.parse(stdout.toString()) as Probed;
  return {
    what,
    attacked: result?.(),
    probed,
    peak,
    after: residentOf(pid),
    kept: memory.heapUsed + memory.external,
    scheduled: { ran: after.ran - before.ran, waited: after.waited - before.waited },
    lag: lag.p99,
  };
}

function table(rows: readonly Row[]): string {
  const head = [
    'attack',
    'connections',
    'ended',
    'median s',
    'peak MiB',
    'after MiB',
    'of it held',
  ];
  const ofGate = ['ran s', 'waited s', 'lag p99 ms'];
  const others = ['others p50 ms', 'p99 ms', '× quiet', 'new conn. p99 ms', '× quiet', 'failed'];
  const printed = new Table({
    head: [...head, ...ofGate, ...others],
    style: { head: [], border: [] },
  });
  const [quiet] = rows;
  for (const { what, attacked: seen, probed, peak, after, kept: heldAfter, ...gate } of rows) {
    const { kept, fresh, failed, calls } = probed;
    const ended = Object.entries(seen?.ended ?? {}).map(([how, count]) => `${how}: ${count}`);
    printed.push([
      ...[what, seen?.made ?? '', ended.join('\n'), ((seen?.lastedMs ?? 0) / 1000).toFixed(2)],
      ...[
        mib(peak),
        mib(after),
        mib(heldAfter),
        gate.scheduled.ran.toFixed(1),
        gate.scheduled.waited.toFixed(1),
        gate.lag.toFixed(1),
        kept.p50.toFixed(1),
        kept.p99.toFixed(1),
        ratio(kept, quiet?.probed.kept),
      ],
      ...[fresh.p99.toFixed(1), ratio(fresh, quiet?.probed.fresh), `${failed} of ${calls}`],
    ]);
  }
  return printed.toString();
}

function ratio(now: { readonly p99: number }, quiet: { readonly p99: number } | undefined): string {
  return (now.p99 / (quiet?.p99 ?? NaN)).toFixed(1);
}

function problems(rows: readonly Row[], stopCode: number | null): string[] {
  const [quiet] = rows;
  const found = rows
    .filter(({ probed }) => probed.failed > 0)
    .map(({ what, probed }) => `${what}: ${probed.failed} calls of others failed`);
  for (const row of rows) found.push(...unexpected(row, quiet?.kept ?? NaN));
  for (const { what, probed } of rows.filter((row) => row.what.startsWith('handshake flood'))) {
    const slower = probed.kept.p99 / (quiet?.probed.kept.p99 ?? NaN);
    if (!(slower < RATIO))
      found.push(`${what}: p99 of others is ${slower.toFixed(1)} × its quiet value`);
  }
  if (stopCode !== 0) found.push(`the gate ended with ${stopCode ?? 'a signal'}`);
  return found;
}

/** @param quiet what the gate held before all attacks, bytes. */
function unexpected({ what, attack, attacked: seen, kept }: Row, quiet: number): string[] {
  if (attack === undefined || seen === undefined) return [];
  const ends = judgeEnds(attack.expected, seen, attack.connections);
  return [...ends, ...judgeHeld(kept, quiet)].map((problem) => `${what}: ${problem}`);
}
