import { Figures, median } from './figures.ts';
import { GATE, type Front } from './fronts.ts';
import type { RunFacts } from './report.ts';
import { setStage, type Stage } from './stage.ts';
import {
  commandTime,
  cpuPerCall,
  dockerEnv,
  echo,
  GIGABYTE,
  LIST,
  memoryPerStream,
  throughput,
  warmUp,
} from './workloads.ts';

export interface MeasureOptions {
  readonly rounds: number;
  /** Workloads to measure; undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly tell: (what: string) => void;
}

/** Who is measured, and what gives its figures, in the order of the workload's units. */
interface Contender {
  readonly name: string;
  readonly measure: () => readonly number[] | Promise<readonly number[]>;
}

interface Workload {
  readonly name: string;
  /** Each figure that it gives, and its unit. */
  readonly units: Readonly<Record<string, string>>;
  readonly contenders: (stage: Stage) => readonly Contender[];
  /** How often its contenders take turns in a round, which has the medians; absent: once. */
  readonly passes?: number;
}

const STREAMS = 2_000;

const WORKLOADS: readonly Workload[] = [
  inPasses(
    5,
    workload('small call, CPU', 'µs', ({ world, fronts }) =>
      forEach(fronts, (front) =>
        cpuPerCall(world, front, { mode: 'calls', path: '/_ping', count: 8_000 }),
      ),
    ),
  ),
  inPasses(
    5,
    workload('29 KB list, CPU', 'µs', ({ world, fronts }) =>
      forEach(fronts, (front) =>
        cpuPerCall(world, front, { mode: 'calls', path: LIST, count: 4_000 }),
      ),
    ),
  ),
  workload('connection and call, CPU', 'µs', ({ world, fronts, daemon }) =>
    forEach([...fronts, daemon.front], (front) =>
      cpuPerCall(world, front, { mode: 'connects', path: '/_ping', count: 1_000 }),
    ),
  ),
  workload('1 GB down', 'MB/s', ({ world, fronts }) =>
    forEach(fronts, (front) => throughput(world, front, 'down')),
  ),
  workload('1 GB up', 'MB/s', ({ world, fronts }) =>
    forEach(fronts, (front) => throughput(world, front, 'up')),
  ),
  {
    name: 'docker ps',
    units: { 'docker ps': 'ms' },
    // What a machine does beside it changes within seconds, and the difference is small.
    passes: 5,
    contenders: (stage) => [
      ...forEach(real(stage), (front) => {
        warmUp(stage.world, front);
        return timesOf(5, 'docker ps', dockerEnv(stage.world, front));
      }),
      { name: `${GATE.name}, just started`, measure: async () => [await firstCommands(stage)] },
      { name: 'ssh', measure: () => [timesOf(1, 'docker ps', stage.ssh.env)] },
    ],
  },
  inPasses(
    3,
    workload('1 GB out of an exec', 'MB/s', (stage) => {
      const script = `docker exec -i ${stage.daemon.container} head -c ${GIGABYTE} /dev/zero`;
      return forEach(real(stage), (front) => speedOf(script, dockerEnv(stage.world, front)));
    }),
  ),
  inPasses(
    3,
    workload('1 GB into an exec', 'MB/s', (stage) => {
      const sink = `docker exec -i ${stage.daemon.container} sh -c 'cat > /dev/null'`;
      const script = `head -c ${GIGABYTE} /dev/zero | ${sink}`;
      return forEach(real(stage), (front) => speedOf(script, dockerEnv(stage.world, front)));
    }),
  ),
  {
    name: 'echo',
    units: { 'echo, p50': 'µs', 'echo, p99': 'µs' },
    contenders: (stage) =>
      real(stage).map((front) => ({
        name: front.name,
        measure: () => {
          const { p50, p99 } = echo(stage.world, front, stage.daemon.container);
          return [p50, p99];
        },
      })),
  },
  {
    name: 'memory per stream',
    units: { 'memory per stream': 'KB' },
    contenders: (stage) => [{ name: GATE.name, measure: async () => [await streamsOf(stage)] }],
  },
  {
    name: 'start to ready',
    units: { 'start to ready': 'ms' },
    contenders: (stage) => [{ name: GATE.name, measure: async () => [await startTime(stage)] }],
  },
];

/**
 * Measures every workload once a round, its contenders one after the other, each round beginning with another one.
 *
 * @throws where anything fails: a figure of a run that went wrong is worth nothing.
 */
export async function measure({
  rounds,
  only,
  tell,
}: MeasureOptions): Promise<{ figures: Figures; facts: RunFacts }> {
  const wanted = WORKLOADS.filter(({ name }) => only?.includes(name) ?? true);
  if (wanted.length === 0) {
    throw new Error(`no such workload; there are: ${WORKLOADS.map(({ name }) => name).join(', ')}`);
  }
  const figures = new Figures();
  const stage = await setStage(GIGABYTE);
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const workload of wanted) {
        tell(`round ${round + 1} of ${rounds}: ${workload.name}`);
        for (const [name, passes] of await oneRound(workload, stage, round)) {
          for (const [at, figure] of Object.keys(workload.units).entries()) {
            figures.add(figure, name, median(passes.map((values) => values[at] ?? NaN)));
          }
        }
      }
    }
    const units = Object.assign({}, ...wanted.map((one) => one.units)) as Record<string, string>;
    return { figures, facts: { rounds, units, versions: stage.versions } };
  } finally {
    await stage.close();
  }
}

/** @returns of each contender the figures of each pass. */
async function oneRound(
  { contenders, passes = 1 }: Workload,
  stage: Stage,
  round: number,
): Promise<ReadonlyMap<string, (readonly number[])[]>> {
  const all = new Map<string, (readonly number[])[]>();
  for (let pass = 0; pass < passes; pass += 1) {
    for (const { name, measure } of turned(contenders(stage), round + pass)) {
      all.set(name, [...(all.get(name) ?? []), await measure()]);
    }
  }
  return all;
}

function workload(name: string, unit: string, contenders: Workload['contenders']): Workload {
  return { name, units: { [name]: unit }, contenders };
}

/** What stands close to its mark, or differs most from one time to the next. */
function inPasses(passes: number, one: Workload): Workload {
  return { ...one, passes };
}

function forEach(fronts: readonly Front[], figure: (front: Front) => number): Contender[] {
  return fronts.map((front) => ({ name: front.name, measure: () => [figure(front)] }));
}

/** The real daemon's two doors. */
function real({ daemon, gate }: Stage): Front[] {
  return [daemon.front, gate];
}

function timesOf(count: number, script: string, env: Readonly<Record<string, string>>): number {
  return median(Array.from({ length: count }, () => commandTime(env, script)));
}

function speedOf(script: string, env: Readonly<Record<string, string>>): number {
  return GIGABYTE / 1e3 / commandTime(env, script);
}

/** The first that a gate is asked for. */
async function firstCommands({ world, daemon }: Stage): Promise<number> {
  const gate = await GATE.start(world, daemon.socket);
  try {
    return timesOf(5, 'docker ps', dockerEnv(world, gate));
  } finally {
    await gate.process.stop();
  }
}

/** Of a gate of its own: memory that another workload left behind would be filled first. */
async function streamsOf({ world, upstream }: Stage): Promise<number> {
  const gate = await GATE.start(world, upstream);
  try {
    cpuPerCall(world, gate, { mode: 'calls', path: '/_ping', count: 2_000 });
    return (await memoryPerStream(world, gate, STREAMS)) / 1_000;
  } finally {
    await gate.process.stop();
  }
}

async function startTime({ world, upstream }: Stage): Promise<number> {
  const began = performance.now();
  const gate = await GATE.start(world, upstream);
  const took = performance.now() - began;
  await gate.process.stop();
  return took;
}

function turned<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
