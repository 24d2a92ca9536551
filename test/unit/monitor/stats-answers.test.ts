import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readingsOf } from '../../../src/monitor/containers/readings.ts';

/** Answers of the daemon as it writes them (moby daemon/daemon_unix.go, statsV1 and statsV2), by version of cgroups. */
const ANSWERS = JSON.parse(readFileSync('test/vectors/container-stats.json', 'utf8')) as Readonly<
  Record<'1' | '2', unknown>
>;

const NAMES: Readonly<Record<string, string>> = { '8:0': '/dev/sda', '259:0': '/dev/nvme0n1' };

/** Series as Prometheus writes them, of one family of names. */
const seriesOf = (version: '1' | '2', family: RegExp): string[] =>
  readingsOf(ANSWERS[version], (major, minor) => NAMES[`${major}:${minor}`] ?? `${major}:${minor}`)
    .filter(({ name }) => family.test(name))
    .map(({ name, labels = {}, value }) => {
      const pairs = Object.entries(labels).sort();
      return `${name}{${pairs.map(([key, text]) => `${key}="${text}"`).join(',')}} ${value}`;
    })
    .sort();

const blkio = (device: string, number: string, operation: string, value: number): string => {
  const [major, minor] = number.split(':');
  const labels = `device="${device}",major="${major}",minor="${minor}",operation="${operation}"`;
  return `container_blkio_device_usage_total{${labels}} ${value}`;
};

it('has the block I/O of cgroup v1, for each device and operation', () => {
  expect(seriesOf('1', /_(?:fs|blkio)_/)).toEqual(
    [
      blkio('/dev/sda', '8:0', 'Read', 38_416_384),
      blkio('/dev/sda', '8:0', 'Write', 1_474_560),
      blkio('/dev/sda', '8:0', 'Sync', 39_809_024),
      blkio('/dev/sda', '8:0', 'Async', 81_920),
      blkio('/dev/sda', '8:0', 'Discard', 0),
      blkio('/dev/sda', '8:0', 'Total', 39_890_944),
      blkio('253:1', '253:1', 'Read', 4096),
      blkio('253:1', '253:1', 'Write', 0),
      blkio('253:1', '253:1', 'Sync', 4096),
      blkio('253:1', '253:1', 'Async', 0),
      blkio('253:1', '253:1', 'Discard', 0),
      blkio('253:1', '253:1', 'Total', 4096),
      'container_fs_reads_bytes_total{device="/dev/sda"} 38416384',
      'container_fs_reads_bytes_total{device="253:1"} 4096',
      'container_fs_reads_total{device="/dev/sda"} 914',
      'container_fs_reads_total{device="253:1"} 1',
      'container_fs_writes_bytes_total{device="/dev/sda"} 1474560',
      'container_fs_writes_bytes_total{device="253:1"} 0',
      'container_fs_writes_total{device="/dev/sda"} 120',
      'container_fs_writes_total{device="253:1"} 0',
    ].sort(),
  );
});

it('has the block I/O of cgroup v2 under the same names, without counts, which it does not tell', () => {
  expect(seriesOf('2', /_(?:fs|blkio)_/)).toEqual(
    [
      blkio('/dev/nvme0n1', '259:0', 'Read', 31_457_280),
      blkio('/dev/nvme0n1', '259:0', 'Write', 2_097_152),
      blkio('254:2', '254:2', 'Read', 0),
      blkio('254:2', '254:2', 'Write', 65_536),
      'container_fs_reads_bytes_total{device="/dev/nvme0n1"} 31457280',
      'container_fs_reads_bytes_total{device="254:2"} 0',
      'container_fs_writes_bytes_total{device="/dev/nvme0n1"} 2097152',
      'container_fs_writes_bytes_total{device="254:2"} 65536',
    ].sort(),
  );
});

it.each([
  ['1', { usage: 55_873_536, workingSet: 25_595_904, rss: 12_300_288, cache: 41_488_384 }],
  ['2', { usage: 47_595_520, workingSet: 21_614_592, rss: 12_480_512, cache: 33_280_000 }],
] as const)('has memory as cAdvisor counts it, with cgroup v%s', (version, wanted) => {
  const { usage, workingSet, rss, cache } = wanted;
  const series = seriesOf(version, /_memory_(?:usage_bytes|working_set_bytes|rss|cache)$/);
  expect(series).toEqual([
    `container_memory_cache{} ${cache}`,
    `container_memory_rss{} ${rss}`,
    `container_memory_usage_bytes{} ${usage}`,
    `container_memory_working_set_bytes{} ${workingSet}`,
  ]);
});

it('has a limit of threads only where there is one', () => {
  expect(seriesOf('1', /_threads/)).toEqual([
    'container_threads_max{} 64',
    'container_threads{} 6',
  ]);
  expect(seriesOf('2', /_threads/)).toEqual(['container_threads{} 6']);
});
