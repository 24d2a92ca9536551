import { median, perRound, type Figures } from './figures.ts';

/** What a figure of dockgate has to reach, against another one of the same run. */
export interface Aim {
  readonly workload: string;
  readonly front: string;
  /** Undefined: the figure itself. */
  readonly against?: string;
  readonly by: 'ratio' | 'difference' | 'itself';
  readonly unit: string;
  readonly better: 'less' | 'more';
  /** Undefined: to be compared only. */
  readonly must?: number;
  readonly goal: number;
}

export interface Judged {
  readonly aim: Aim;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
  readonly reached: 'goal' | 'yes' | 'no' | 'short of the aim';
}

const GATE = 'dockgate';
const NEWEST = 'dockgate, newest LTS';
const ratio = { by: 'ratio', unit: '' } as const;
const less = { better: 'less' } as const;
const more = { better: 'more' } as const;

export const AIMS: readonly Aim[] = [
  {
    workload: 'small call, CPU',
    front: GATE,
    against: 'Caddy',
    ...ratio,
    ...less,
    must: 0.65,
    goal: 0.45,
  },
  {
    workload: '29 KB list, CPU',
    front: GATE,
    against: 'Caddy',
    ...ratio,
    ...less,
    must: 0.65,
    goal: 0.45,
  },
  {
    workload: 'connection and call, CPU',
    front: GATE,
    against: 'dockerd TLS',
    ...ratio,
    ...less,
    must: 2.6,
    goal: 1.4,
  },
  {
    workload: 'connection and call, CPU',
    front: NEWEST,
    against: 'dockerd TLS',
    ...ratio,
    ...less,
    must: 1.9,
    goal: 1.4,
  },
  {
    workload: 'docker ps',
    front: GATE,
    against: 'dockerd TLS',
    ...ratio,
    ...less,
    must: 1.15,
    goal: 1.05,
  },
  { workload: 'docker ps', front: GATE, against: 'ssh', ...ratio, ...less, must: 0.1, goal: 0.1 },
  { workload: '1 GB down', front: GATE, against: 'Caddy', ...ratio, ...more, must: 0.8, goal: 1 },
  { workload: '1 GB down', front: GATE, against: 'HAProxy', ...ratio, ...more, goal: 1 },
  { workload: '1 GB up', front: GATE, against: 'Caddy', ...ratio, ...more, must: 0.8, goal: 1 },
  { workload: '1 GB up', front: GATE, against: 'HAProxy', ...ratio, ...more, goal: 1 },
  {
    workload: '1 GB out of an exec',
    front: GATE,
    against: 'dockerd TLS',
    ...ratio,
    ...more,
    must: 0.9,
    goal: 1,
  },
  {
    workload: '1 GB into an exec',
    front: GATE,
    against: 'dockerd TLS',
    ...ratio,
    ...more,
    must: 0.9,
    goal: 1,
  },
  {
    workload: 'echo, p50',
    front: GATE,
    against: 'dockerd TLS',
    by: 'difference',
    unit: 'µs',
    ...less,
    must: 150,
    goal: 80,
  },
  {
    workload: 'echo, p99',
    front: GATE,
    against: 'dockerd TLS',
    by: 'difference',
    unit: 'µs',
    ...less,
    must: 1000,
    goal: 1000,
  },
  {
    workload: 'memory per stream',
    front: GATE,
    by: 'itself',
    unit: 'KB',
    ...less,
    must: 100,
    goal: 60,
  },
  {
    workload: 'start to ready',
    front: GATE,
    by: 'itself',
    unit: 'ms',
    ...less,
    must: 400,
    goal: 200,
  },
  {
    workload: 'small call, CPU',
    front: GATE,
    against: 'dockgate without trail and policy',
    ...ratio,
    ...less,
    must: 1.25,
    goal: 1.1,
  },
  {
    workload: '29 KB list, CPU',
    front: GATE,
    against: 'dockgate without trail and policy',
    ...ratio,
    ...less,
    must: 1.25,
    goal: 1.1,
  },
];

const COMBINE = {
  ratio: (a: number, b: number) => a / b,
  difference: (a: number, b: number) => a - b,
  itself: (a: number) => a,
} as const;

/** How far each aim was reached; those without a figure are left out. */
export function judge(figures: Figures): Judged[] {
  return AIMS.flatMap((aim) => {
    const own = figures.of(aim.workload, aim.front);
    const others = aim.against === undefined ? own : figures.of(aim.workload, aim.against);
    const values = perRound(own, others, COMBINE[aim.by]);
    if (values.length === 0) return [];
    const middle = median(values);
    const isWithin = (limit: number): boolean =>
      aim.better === 'less' ? middle <= limit : middle >= limit;
    return [
      {
        ...{ aim, median: middle, rounds: values.length },
        least: Math.min(...values),
        most: Math.max(...values),
        reached: isWithin(aim.goal)
          ? 'goal'
          : aim.must === undefined
            ? 'short of the aim'
            : isWithin(aim.must)
              ? 'yes'
              : 'no',
      } as const,
    ];
  });
}
