import { describe, expect, it } from 'vitest';
import { ContainerSampler, type SampleResult } from '../../../src/monitor/containers/sampler.ts';

const ID = (digit: string) => digit.repeat(64);
const listed = (digit: string, name: string) => ({
  ...{
    Id: ID(digit),
    Names: [`/other/${name}`, `/${name}`],
    Image: 'busybox',
    Created: 1_700_000_000,
  },
});

/** A daemon that answers from a table; what is not in it gets 404. */
function samplerOn(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const results: Record<SampleResult, number> = { ok: 0, failed: 0, late: 0 };
  let under = 0;
  let most = 0;
  const sampler = new ContainerSampler({
    ask: async (target) => {
      asked.push(target);
      under += 1;
      most = Math.max(most, under);
      await Promise.resolve();
      under -= 1;
      const found = answers[target];
      if (found instanceof Error) throw found;
      return found === undefined
        ? { status: 404, body: '' }
        : { status: 200, body: JSON.stringify(found) };
    },
    now: () => 1_800_000_000_000,
    deviceName: () => '/dev/sda',
    onResult: (result, count) => {
      results[result] += count;
    },
  });
  return { sampler, asked, results, most: () => most };
}

const stats = (digit: string) => `/containers/${ID(digit)}/stats?stream=0&one-shot=1`;

describe('sampling containers', () => {
  it('asks the daemon once for all who come at the same time', async () => {
    const { sampler, asked } = samplerOn({
      '/containers/json': [listed('a', 'web')],
      '/info': { CgroupDriver: 'systemd' },
      [stats('a')]: { memory_stats: { usage: 5 } },
    });
    const [one, other] = await Promise.all([sampler.sample(), sampler.sample()]);
    expect(one).toBe(other);
    expect(asked).toEqual(['/containers/json', '/info', stats('a')]);
    expect(one).toEqual([
      {
        labels: { id: `/system.slice/docker-${ID('a')}.scope`, name: 'web', image: 'busybox' },
        readings: expect.arrayContaining([
          { name: 'container_memory_usage_bytes', value: 5 },
          { name: 'container_last_seen', value: 1_800_000_000 },
          { name: 'container_start_time_seconds', value: 1_700_000_000 },
        ]) as unknown,
      },
    ]);
  });

  it('goes without a container whose statistics cannot be had', async () => {
    const { sampler, results } = samplerOn({
      '/containers/json': [listed('a', 'web'), listed('b', 'db'), listed('c', 'gone')],
      '/info': {},
      [stats('a')]: {},
      [stats('b')]: new Error('late'),
    });
    const samples = await sampler.sample();
    expect(samples.map(({ labels }) => [labels.name, labels.id])).toEqual([
      ['web', `/docker/${ID('a')}`],
    ]);
    expect(results).toEqual({ ok: 1, failed: 2, late: 0 });
  });

  it('asks about eight at a time at the most', async () => {
    const names = '0123456789abcdef'.split('');
    const { sampler, most, results } = samplerOn({
      '/containers/json': names.map((digit) => listed(digit, `c${digit}`)),
      '/info': {},
      ...Object.fromEntries(names.map((digit) => [stats(digit), {}])),
    });
    expect(await sampler.sample()).toHaveLength(16);
    expect(results.ok).toBe(16);
    expect(most()).toBeLessThanOrEqual(8);
  });

  it('puts nothing into a path but an id', async () => {
    const { sampler, asked } = samplerOn({
      '/containers/json': [{ Id: '../../x', Names: ['/x'] }, { Id: 7 }, null, 'x'],
      '/info': {},
    });
    expect(await sampler.sample()).toEqual([]);
    expect(asked).toEqual(['/containers/json', '/info']);
  });

  it.each([new Error('down'), { message: 'no list' }, 'x'])(
    'has no containers where the daemon has no list: %s',
    async (answer) => {
      const { sampler } = samplerOn({ '/containers/json': answer });
      expect(await sampler.sample()).toEqual([]);
    },
  );
});
