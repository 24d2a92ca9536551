import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type MetricType,
} from 'prom-client';
import type { CallMeter } from './call-meter.ts';
import { CONTAINER_SERIES, type ContainerSeries } from './containers/readings.ts';
import type { ContainerSample } from './containers/sampler.ts';
import { BOUNDS } from './histogram.ts';
import { SERIES, type SeriesName } from './series.ts';

export type Labels = Readonly<Record<string, string>>;

/** One number of a series, with its labels. */
export type Sample = readonly [value: number, labels?: Labels];

/** Where the numbers come from. Everything is asked when somebody scrapes, and not before. */
export interface MetricSources {
  readonly calls: CallMeter;
  /** The other series of the gate. */
  readonly series: Readonly<Record<Exclude<SeriesName, CallSeries>, () => Iterable<Sample>>>;
  /** What is asked of the daemon, before anything is read. */
  readonly refresh: () => Promise<readonly ContainerSample[]>;
}

/** The series that are made of {@link CallMeter}. */
type CallSeries =
  | 'dockgate_calls_total'
  | 'dockgate_calls_open'
  | 'dockgate_call_duration_seconds'
  | 'dockgate_bytes_total'
  | 'dockgate_streams_open';

/** Everything that is measured, as Prometheus reads it. */
export interface Metrics {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** One registry for one gate: nothing here is shared by the process. */
export function createMetrics({ calls, series, refresh }: MetricSources): Metrics {
  const register = new Registry();
  let containers: readonly ContainerSample[] = [];
  const own: Readonly<Record<string, () => Iterable<Sample>>> = {
    ...series,
    ...seriesOfCalls(calls),
  };
  for (const [name, [type, help, labelNames]] of Object.entries(SERIES)) {
    const settings = { name, help, labelNames, registers: [register] };
    if (type === 'histogram') {
      new CallDurations(settings, calls);
    } else {
      addSeries(type, settings, own[name] ?? (() => []));
    }
  }
  for (const [name, [type, help, more]] of Object.entries(CONTAINER_SERIES)) {
    const labelNames = ['id', 'name', 'image', ...more];
    addSeries(type, { name, help, labelNames, registers: [register] }, () =>
      samplesOf(containers, name as ContainerSeries),
    );
  }
  collectDefaultMetrics({ register });
  for (const name of MISNAMED) register.removeSingleMetric(name);
  return {
    contentType: register.contentType,
    text: async () => {
      containers = await refresh();
      return register.metrics();
    },
  };
}

/** Gauges of prom-client that are called like counters; `nodejs_active_resources` and the like say the same. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

interface Settings {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registers: Registry[];
}

/** A series that is read anew at each scrape. */
function addSeries(type: 'counter' | 'gauge', settings: Settings, read: () => Iterable<Sample>) {
  if (type === 'counter') {
    new Counter({
      ...settings,
      collect() {
        this.reset();
        for (const [value, labels = {}] of read()) this.inc(labels, value);
      },
    });
    return;
  }
  new Gauge({
    ...settings,
    collect() {
      this.reset();
      for (const [value, labels = {}] of read()) this.set(labels, value);
    },
  });
}

function seriesOfCalls(calls: CallMeter): Readonly<Record<string, () => Iterable<Sample>>> {
  return {
    dockgate_calls_total: () =>
      Array.from(calls.calls(), ({ count, ...labels }): Sample => [count, labels]),
    dockgate_calls_open: () => [[calls.open]],
    dockgate_bytes_total: () => [
      [calls.bytesIn, { direction: 'in' }],
      [calls.bytesOut, { direction: 'out' }],
    ],
    dockgate_streams_open: () =>
      Array.from(calls.streams(), ([kind, count]): Sample => [count, { kind }]),
  };
}

function* samplesOf(
  containers: readonly ContainerSample[],
  name: ContainerSeries,
): Iterable<Sample> {
  for (const { labels, readings } of containers) {
    for (const reading of readings) {
      if (reading.name === name) yield [reading.value, { ...labels, ...reading.labels }];
    }
  }
}

/**
 * prom-client fills histograms one observation at a time only; these were counted already. It asks a histogram by
 * `getForPromString`, and any other by `get`.
 */
class CallDurations extends Histogram {
  readonly #settings: Settings;
  readonly #calls: CallMeter;

  constructor(settings: Settings, calls: CallMeter) {
    super({ ...settings, buckets: [...BOUNDS] });
    this.#settings = settings;
    this.#calls = calls;
  }

  override get(): ReturnType<Histogram['get']> {
    const { name, help } = this.#settings;
    const values = [...this.#calls.seconds()].flatMap(({ part, effect, histogram }) => {
      const labels = { part, effect };
      const buckets = histogram.cumulative();
      return [
        ...buckets.map(({ le, count: value }) => ({
          metricName: `${name}_bucket`,
          labels: { ...labels, le },
          value,
        })),
        { metricName: `${name}_sum`, labels, value: histogram.sum },
        { metricName: `${name}_count`, labels, value: buckets.at(-1)?.count ?? 0 },
      ];
    });
    // The types have an enumeration here that is not there when it runs.
    const type = 'histogram' as unknown as MetricType;
    const head = { name, help, type, aggregator: 'sum' } as const;
    return Promise.resolve({ ...head, collect: () => undefined, values });
  }

  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }
}
