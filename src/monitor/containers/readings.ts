/** What the daemon's statistics of one container say, under the names that cAdvisor has for it. */
import { blockEntries, type BlockEntry } from './block-io.ts';
import { at, fieldsOf, num } from './fields.ts';

/** One number, without the labels that say which container it is of. */
export interface Reading {
  readonly name: ContainerSeries;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Names, kinds and meanings are cAdvisor's (docs/storage/prometheus.md there). */
export const CONTAINER_SERIES = {
  container_cpu_usage_seconds_total: ['counter', 'CPU time, s; `cpu` is always `total`.', ['cpu']],
  container_cpu_user_seconds_total: ['counter', 'CPU time in user mode, s.', []],
  container_cpu_system_seconds_total: ['counter', 'CPU time in kernel mode, s.', []],
  container_cpu_cfs_periods_total: ['counter', 'Periods in which a CPU limit was enforced.', []],
  container_cpu_cfs_throttled_periods_total: ['counter', 'Those in which it throttled.', []],
  container_cpu_cfs_throttled_seconds_total: ['counter', 'Time throttled, s.', []],
  container_memory_usage_bytes: ['gauge', 'Memory, caches included, bytes.', []],
  container_memory_working_set_bytes: ['gauge', 'Memory without inactive file cache, bytes.', []],
  container_memory_cache: ['gauge', 'Page cache, bytes.', []],
  container_memory_rss: ['gauge', 'Anonymous memory, bytes.', []],
  container_memory_swap: ['gauge', 'Swap, bytes (cgroup v1).', []],
  container_memory_mapped_file: ['gauge', 'Mapped files, bytes.', []],
  container_memory_failcnt: ['counter', 'Times that the limit was hit (cgroup v1).', []],
  container_memory_max_usage_bytes: ['gauge', 'Most memory so far, bytes (cgroup v1).', []],
  container_memory_failures_total: [
    'counter',
    'Page faults, by `failure_type` `pgfault` or `pgmajfault`; `scope` is always `container`.',
    ['failure_type', 'scope'],
  ],
  container_spec_memory_limit_bytes: [
    'gauge',
    'Memory limit, bytes; the memory of the host where there is none.',
    [],
  ],
  container_network_receive_bytes_total: ['counter', 'Bytes received.', ['interface']],
  container_network_receive_packets_total: ['counter', 'Packets received.', ['interface']],
  container_network_receive_errors_total: ['counter', 'Errors on receiving.', ['interface']],
  container_network_receive_packets_dropped_total: [
    'counter',
    'Packets dropped on receiving.',
    ['interface'],
  ],
  container_network_transmit_bytes_total: ['counter', 'Bytes sent.', ['interface']],
  container_network_transmit_packets_total: ['counter', 'Packets sent.', ['interface']],
  container_network_transmit_errors_total: ['counter', 'Errors on sending.', ['interface']],
  container_network_transmit_packets_dropped_total: [
    'counter',
    'Packets dropped on sending.',
    ['interface'],
  ],
  container_fs_reads_bytes_total: ['counter', 'Bytes read from block devices.', ['device']],
  container_fs_writes_bytes_total: ['counter', 'Bytes written to block devices.', ['device']],
  container_fs_reads_total: ['counter', 'Reads of block devices.', ['device']],
  container_fs_writes_total: ['counter', 'Writes to block devices.', ['device']],
  container_blkio_device_usage_total: [
    'counter',
    'Bytes by block device and `operation`: `Read`, `Write`, and with cgroup v1 `Sync`, `Async`, `Discard`, `Total`.',
    ['device', 'major', 'minor', 'operation'],
  ],
  container_threads: ['gauge', 'Threads and processes.', []],
  container_threads_max: ['gauge', 'The most of them; absent where there is no limit.', []],
  container_last_seen: ['gauge', 'When it was looked at, s since the epoch.', []],
  container_start_time_seconds: ['gauge', 'When it was created, s since the epoch.', []],
} as const satisfies Record<string, readonly ['counter' | 'gauge', string, readonly string[]]>;

export type ContainerSeries = keyof typeof CONTAINER_SERIES;

const NANO = 1e-9;

/**
 * @param stats the answer to `GET /containers/{id}/stats?stream=0` (Engine API, ContainerStats), decoded. What is
 * not there, or is no number, is left out.
 * @param deviceName the name of a block device, as `/dev/sda`.
 */
export function readingsOf(
  stats: unknown,
  deviceName: (major: number, minor: number) => string,
): readonly Reading[] {
  return [
    ...cpu(at(stats, 'cpu_stats')),
    ...memory(at(stats, 'memory_stats')),
    ...networks(at(stats, 'networks')),
    ...blocks(at(stats, 'blkio_stats'), deviceName),
    ...reading('container_threads', num(stats, 'pids_stats', 'current')),
    ...reading('container_threads_max', limitOf(num(stats, 'pids_stats', 'limit'))),
  ];
}

/** No limit is 0 or left out with cgroup v1, and the largest number there is (2^64 - 1) with v2. */
function limitOf(value: number | undefined): number | undefined {
  return value === undefined || value === 0 || value >= 2 ** 63 ? undefined : value;
}

function cpu(stats: unknown): readonly Reading[] {
  const seconds = (...path: string[]): number | undefined => scaled(num(stats, ...path), NANO);
  const periods = num(stats, 'throttling_data', 'periods');
  // cAdvisor has these where there is a limit.
  const throttling =
    periods === undefined || periods === 0
      ? []
      : [
          ...reading('container_cpu_cfs_periods_total', periods),
          ...reading(
            'container_cpu_cfs_throttled_periods_total',
            num(stats, 'throttling_data', 'throttled_periods'),
          ),
          ...reading(
            'container_cpu_cfs_throttled_seconds_total',
            seconds('throttling_data', 'throttled_time'),
          ),
        ];
  return [
    ...reading('container_cpu_usage_seconds_total', seconds('cpu_usage', 'total_usage'), {
      cpu: 'total',
    }),
    ...reading('container_cpu_user_seconds_total', seconds('cpu_usage', 'usage_in_usermode')),
    ...reading('container_cpu_system_seconds_total', seconds('cpu_usage', 'usage_in_kernelmode')),
    ...throttling,
  ];
}

/** The names in `stats` are the kernel's, so those of cgroup v1 (first) or v2. */
function memory(stats: unknown): readonly Reading[] {
  const usage = num(stats, 'usage');
  const either = (...names: string[]): number | undefined =>
    names.map((name) => num(stats, 'stats', name)).find((value) => value !== undefined);
  const inactive = either('total_inactive_file', 'inactive_file') ?? 0;
  const faults = (type: string): readonly Reading[] =>
    reading('container_memory_failures_total', either(`total_${type}`, type), {
      failure_type: type,
      scope: 'container',
    });
  return [
    ...reading('container_memory_usage_bytes', usage),
    ...reading(
      'container_memory_working_set_bytes',
      usage === undefined ? undefined : Math.max(0, usage - inactive),
    ),
    ...reading('container_memory_cache', either('total_cache', 'cache', 'file')),
    ...reading('container_memory_rss', either('total_rss', 'rss', 'anon')),
    ...reading('container_memory_swap', either('total_swap', 'swap')),
    ...reading(
      'container_memory_mapped_file',
      either('total_mapped_file', 'mapped_file', 'file_mapped'),
    ),
    ...reading('container_memory_failcnt', num(stats, 'failcnt')),
    ...reading('container_memory_max_usage_bytes', num(stats, 'max_usage')),
    ...reading('container_spec_memory_limit_bytes', num(stats, 'limit')),
    ...faults('pgfault'),
    ...faults('pgmajfault'),
  ];
}

const DIRECTIONS = [
  ['rx', 'receive'],
  ['tx', 'transmit'],
] as const;
const NETWORK_FIELDS = [
  ['bytes', 'bytes'],
  ['packets', 'packets'],
  ['errors', 'errors'],
  ['dropped', 'packets_dropped'],
] as const;

function networks(stats: unknown): readonly Reading[] {
  return fieldsOf(stats).flatMap(([name, one]) =>
    DIRECTIONS.flatMap(([prefix, direction]) =>
      NETWORK_FIELDS.flatMap(([field, word]) =>
        reading(
          `container_network_${direction}_${word}_total`,
          num(one, `${prefix}_${field}`),
          // The daemon's name for it; no kernel has a longer one.
          { interface: name.slice(0, 64) },
        ),
      ),
    ),
  );
}

function blocks(
  stats: unknown,
  deviceName: (major: number, minor: number) => string,
): readonly Reading[] {
  const bytes = blockEntries(at(stats, 'io_service_bytes_recursive'), deviceName);
  const counts = blockEntries(at(stats, 'io_serviced_recursive'), deviceName);
  const only = (entries: readonly BlockEntry[], wanted: string, name: ContainerSeries) =>
    entries.flatMap(({ operation, value, device }) =>
      operation === wanted ? reading(name, value, { device }) : [],
    );
  return [
    ...only(bytes, 'Read', 'container_fs_reads_bytes_total'),
    ...only(bytes, 'Write', 'container_fs_writes_bytes_total'),
    ...only(counts, 'Read', 'container_fs_reads_total'),
    ...only(counts, 'Write', 'container_fs_writes_total'),
    ...bytes.flatMap(({ value, ...labels }) =>
      reading('container_blkio_device_usage_total', value, { ...labels }),
    ),
  ];
}

function reading(
  name: ContainerSeries,
  value: number | undefined,
  labels?: Readonly<Record<string, string>>,
): readonly Reading[] {
  return value === undefined ? [] : [{ name, value, ...(labels && { labels }) }];
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}
