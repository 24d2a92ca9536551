import { describe, expect, it } from 'vitest';
import { readFilters } from '../../../src/docker-api/filters.ts';
import { readOperation } from '../../../src/docker-api/operation.ts';
import { useGate } from '../../support/gate.ts';

const start = useGate();

const POLICY = `
users:
  - user: alice
    roles: [team-a]
roles:
  team-a:
    allow:
      - actions: [container.list, container.prune, system.events]
        containers: { labels: { team: a } }
      - actions: [network.list]
        networks: ['dev-*']
      - actions: [system.df, container.inspect]
        containers: { labels: { team: a } }
`;

async function scene() {
  const gate = await start({ policy: POLICY });
  gate.daemon.on(
    () => true,
    (call) => call.json(200, []),
  );
  const client = await gate.connect();
  const list = async (method: string, target: string) => {
    const { status, body } = await client.call(method, target);
    const sent = gate.daemon.calls.all.at(-1);
    return { status, text: body.toString(), sent: sent?.target };
  };
  return { ...gate, list };
}

function filtersOf(method: string, target = ''): Record<string, string[]> {
  const { query } = readOperation(method, target);
  return Object.fromEntries([...readFilters(query)].map(([key, values]) => [key, [...values]]));
}

describe('a list under a selector', () => {
  it('goes up with the filters that leave what the caller may see', async () => {
    const { list } = await scene();
    const { status, sent } = await list('GET', '/v1.41/containers/json?all=1');
    expect(status).toBe(200);
    expect(sent).toMatch(/^\/v1\.41\/containers\/json\?all=1&filters=/);
    expect(filtersOf('GET', sent)).toEqual({ label: ['team=a'] });
  });

  it('keeps the filters of the client, in whatever form they came', async () => {
    const { list } = await scene();
    const given = encodeURIComponent('{"label":["x"],"status":["exited"]}');
    const { sent } = await list('GET', `/containers/json?%66ilters=${given}`);
    expect(filtersOf('GET', sent)).toEqual({ label: ['x', 'team=a'], status: ['exited'] });
  });

  it('cannot be widened by a second filters parameter, nor by filters that are no filters', async () => {
    const { list, daemon } = await scene();
    const empty = encodeURIComponent('{}');
    const { sent } = await list('GET', `/containers/json?filters=${empty}&filters=`);
    expect(filtersOf('GET', sent)).toEqual({ label: ['team=a'] });
    const seen = daemon.calls.all.length;
    const odd = encodeURIComponent('{"label":{"x":true},"label":{}}');
    expect((await list('GET', `/containers/json?filters=${odd}`)).status).toBe(400);
    expect(daemon.calls.all).toHaveLength(seen);
  });

  it.each([
    ['POST', '/containers/prune', { label: ['team=a'] }],
    ['GET', '/networks', { name: ['^dev-.*$'] }],
    ['GET', '/events?since=1', { type: ['container'], label: ['team=a'] }],
  ])('is narrowed on %s %s too', async (method, target, filters) => {
    const { list } = await scene();
    const { status, sent } = await list(method, target);
    expect(status).toBe(200);
    expect(filtersOf(method, sent)).toEqual(filters);
  });

  it('is refused where the daemon has no filter for it', async () => {
    const { list, daemon } = await scene();
    const { status, text } = await list('GET', '/system/df');
    expect(status).toBe(403);
    expect(text).toContain('system.df');
    expect(daemon.calls.all).toEqual([]);
  });
});
