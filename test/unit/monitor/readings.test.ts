import { describe, expect, it } from 'vitest';
import { readingsOf, type Reading } from '../../../src/monitor/containers/readings.ts';

const device = (major: number, minor: number) => `/dev/${major}-${minor}`;
const values = (stats: unknown): Record<string, number> =>
  Object.fromEntries(
    readingsOf(stats, device).map(({ name, labels = {}, value }: Reading) => [
      [name, ...Object.values(labels)].join(' '),
      value,
    ]),
  );

const CPU = {
  cpu_usage: { total_usage: 2_500_000_000, usage_in_usermode: 1e9, usage_in_kernelmode: 5e8 },
  throttling_data: { periods: 10, throttled_periods: 4, throttled_time: 3e9 },
};

describe('the readings of a container', () => {
  it('are those of cAdvisor with cgroup v1', () => {
    const stats = {
      cpu_stats: CPU,
      memory_stats: {
        ...{ usage: 1000, max_usage: 1500, failcnt: 2, limit: 4000 },
        stats: { total_inactive_file: 300, total_cache: 400, total_rss: 500, total_pgfault: 9 },
      },
      blkio_stats: {
        io_service_bytes_recursive: [
          { major: 8, minor: 0, op: 'Read', value: 11 },
          { major: 8, minor: 0, op: 'Write', value: 22 },
          { major: 8, minor: 0, op: 'Total', value: 33 },
        ],
        io_serviced_recursive: [{ major: 8, minor: 0, op: 'Read', value: 3 }],
      },
      networks: { eth0: { rx_bytes: 1, rx_packets: 2, rx_dropped: 3, tx_bytes: 4, tx_errors: 5 } },
      pids_stats: { current: 7, limit: 100 },
    };
    expect(values(stats)).toEqual({
      'container_cpu_usage_seconds_total total': 2.5,
      container_cpu_user_seconds_total: 1,
      container_cpu_system_seconds_total: 0.5,
      container_cpu_cfs_periods_total: 10,
      container_cpu_cfs_throttled_periods_total: 4,
      container_cpu_cfs_throttled_seconds_total: 3,
      container_memory_usage_bytes: 1000,
      container_memory_working_set_bytes: 700,
      container_memory_cache: 400,
      container_memory_rss: 500,
      container_memory_failcnt: 2,
      container_memory_max_usage_bytes: 1500,
      container_spec_memory_limit_bytes: 4000,
      'container_memory_failures_total pgfault container': 9,
      'container_network_receive_bytes_total eth0': 1,
      'container_network_receive_packets_total eth0': 2,
      'container_network_receive_packets_dropped_total eth0': 3,
      'container_network_transmit_bytes_total eth0': 4,
      'container_network_transmit_errors_total eth0': 5,
      'container_fs_reads_bytes_total /dev/8-0': 11,
      'container_fs_writes_bytes_total /dev/8-0': 22,
      'container_fs_reads_total /dev/8-0': 3,
      'container_blkio_device_usage_total Read /dev/8-0 8 0': 11,
      'container_blkio_device_usage_total Write /dev/8-0 8 0': 22,
      'container_blkio_device_usage_total Total /dev/8-0 8 0': 33,
      container_threads: 7,
      container_threads_max: 100,
    });
  });

  it('are those of cAdvisor with cgroup v2', () => {
    const stats = {
      memory_stats: {
        ...{ usage: 1000, limit: 4000 },
        stats: { inactive_file: 300, file: 400, anon: 500, file_mapped: 60, pgmajfault: 1 },
      },
      blkio_stats: {
        io_service_bytes_recursive: [
          { major: 259, minor: 1, op: 'read', value: 11 },
          { major: 259, minor: 1, op: 'write', value: 22 },
        ],
        io_serviced_recursive: null,
      },
    };
    expect(values(stats)).toEqual({
      container_memory_usage_bytes: 1000,
      container_memory_working_set_bytes: 700,
      container_memory_cache: 400,
      container_memory_rss: 500,
      container_memory_mapped_file: 60,
      container_spec_memory_limit_bytes: 4000,
      'container_memory_failures_total pgmajfault container': 1,
      'container_fs_reads_bytes_total /dev/259-1': 11,
      'container_fs_writes_bytes_total /dev/259-1': 22,
      'container_blkio_device_usage_total Read /dev/259-1 259 1': 11,
      'container_blkio_device_usage_total Write /dev/259-1 259 1': 22,
    });
  });

  it('leave out what is not there, or is no number', () => {
    for (const stats of [undefined, null, 7, 'x', [], {}, { cpu_stats: null, networks: [] }]) {
      expect(values(stats)).toEqual({});
    }
    expect(values({ memory_stats: { usage: '1', limit: -1, stats: null } })).toEqual({});
    expect(
      values({ networks: { eth0: null }, blkio_stats: { io_serviced_recursive: [null, {}] } }),
    ).toEqual({});
  });

  it('never have less than nothing in the working set', () => {
    const stats = { memory_stats: { usage: 10, stats: { inactive_file: 300 } } };
    expect(values(stats)['container_memory_working_set_bytes']).toBe(0);
  });
});
