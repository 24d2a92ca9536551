import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FEATURES } from '../../../src/policy/constraints/features.ts';
import { constraintsSchema } from '../../../src/policy/constraints/settings.ts';
import { PRESETS } from '../../../src/policy/presets.ts';
import { policySchema } from '../../../src/policy/schema.ts';
import { review } from '../../../src/policy/tools/review.ts';
import {
  container,
  CREATE,
  decide,
  policyOf,
  problemsOf,
  type Asked,
} from '../../support/policy.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const PAGE = read('docs/policy.md');
const EXAMPLES = readdirSync(new URL('packaging/examples/', root)).filter((name) =>
  name.endsWith('.yaml'),
);
const example = (name: string) => policyOf(read(`packaging/examples/${name}.yaml`));

/** The words in code of the first column of the table behind a heading. */
function firstColumn(header: string): readonly string[] {
  const [, table = ''] = PAGE.split(`\n| ${header} `);
  const [rows = ''] = table.split('\n\n');
  return rows
    .split('\n')
    .slice(2)
    .flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, word]) => String(word)),
    );
}

describe('the page about policies', () => {
  it('shows policies that are some', () => {
    const blocks = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => String(text));
    expect(blocks).toHaveLength(2);
    for (const block of blocks) expect(problemsOf(block)).toEqual([]);
  });

  it('names every constraint, feature and preset, and no other', () => {
    const [, constraints = ''] = PAGE.split('\n## Constraints');
    const names = [...constraints.matchAll(/^\| `([a-z-]+)` +\|.*\|.*\|$/gm)].map(
      ([, name]) => name,
    );
    expect(names).toEqual(Object.keys(constraintsSchema.shape));
    expect([...firstColumn('Feature')].sort()).toEqual([...FEATURES].sort());
    expect(firstColumn('Preset')).toEqual(Object.keys(PRESETS));
  });

  it('names what an entry and a role can say', () => {
    const { users, roles } = policySchema.shape;
    const entry = Object.keys(users.element.shape);
    const role = Object.keys(roles.unwrap().valueType.shape);
    for (const name of [...entry, ...role]) expect(PAGE).toContain(`| \`${name}\``);
  });
});

describe('the example', () => {
  const may = (name: string, user: string, call: string, asked: Asked = {}): boolean =>
    decide(example(name), call, { ...asked, caller: { user, ...asked.caller } }).allow;

  it.each(EXAMPLES)('%s is a policy in which only admin has root', (name) => {
    const text = read(`packaging/examples/${name}`);
    expect(problemsOf(text)).toEqual([]);
    const findings = review(policyOf(text), Date.parse('2026-01-01T00:00:00Z'));
    expect(findings.filter(({ kind }) => kind === 'root').map(({ role }) => role)).toEqual([
      'admin',
    ]);
    expect(findings.filter(({ kind }) => kind === 'unreachable' || kind === 'unused')).toEqual([]);
  });

  it('first.yaml lets everybody look, and one do everything', () => {
    expect(may('first', 'admin', 'POST /containers/x/stop')).toBe(true);
    expect(may('first', 'eve', 'GET /containers/json')).toBe(true);
    expect(may('first', 'eve', 'POST /containers/x/stop')).toBe(false);
  });

  it('team.yaml keeps two teams apart', () => {
    const web = { facts: [container('x', { labels: { team: 'web' } })] };
    const stop = 'POST /containers/x/stop';
    expect(may('team', 'alice', stop, web)).toBe(true);
    expect(may('team', 'bob', stop, web)).toBe(false);
    const HostConfig = { Memory: 2 ** 30, NanoCpus: 1e9, PidsLimit: 100 };
    const made = (team: string, Image: string): Asked => ({
      body: { Image, Labels: { team }, HostConfig },
    });
    expect(may('team', 'alice', CREATE, made('web', 'nginx:1.27'))).toBe(true);
    expect(may('team', 'alice', CREATE, made('web', 'nginx'))).toBe(false);
    expect(may('team', 'alice', CREATE, made('db', 'nginx:1.27'))).toBe(false);
    expect(may('team', 'bob', CREATE, made('db', 'postgres:16'))).toBe(true);
    expect(may('team', 'alice', 'PUT /containers/x/archive?path=/', web)).toBe(false);
    const carol = { ...web, caller: { address: '10.20.3.4' } };
    expect(may('team', 'carol', 'POST /containers/x/restart', carol)).toBe(true);
    expect(may('team', 'carol', 'POST /containers/x/restart', web)).toBe(false);
    const db = { facts: [container('x', { labels: { team: 'db' } })], caller: carol.caller };
    expect(may('team', 'carol', 'POST /containers/x/restart', db)).toBe(false);
    expect(may('team', 'carol', 'GET /containers/x/logs', db)).toBe(true);
  });

  it('ci.yaml builds, and pushes to one registry', () => {
    const caller = { address: '10.30.0.9' };
    expect(may('ci', 'ci-1', 'POST /build?t=registry.example.com/a', { caller })).toBe(true);
    expect(may('ci', 'ci-1', 'POST /images/registry.example.com/a/push', { caller })).toBe(true);
    expect(may('ci', 'ci-1', 'POST /images/a/push', { caller })).toBe(false);
    expect(may('ci', 'ci-1', 'POST /images/evil.example/a/push', { caller })).toBe(false);
    expect(may('ci', 'ci-1', 'POST /build')).toBe(false);
    expect(may('ci', 'ci-1', 'POST /containers/create', { caller, body: { Image: 'a' } })).toBe(
      false,
    );
  });

  it('monitoring.yaml reads, by name and by certificate', () => {
    expect(may('monitoring', 'prometheus', 'GET /containers/x/json')).toBe(true);
    expect(may('monitoring', 'eve', 'GET /containers/json')).toBe(false);
    const caller = { role: 'dashboard' };
    expect(may('monitoring', 'grafana', 'GET /events', { caller })).toBe(true);
    expect(may('monitoring', 'support', 'GET /containers/x/logs')).toBe(true);
  });

  it('trial.yaml lets everything pass but what is not understood', () => {
    expect(may('trial', 'eve', 'POST /swarm/leave')).toBe(true);
    expect(may('trial', 'eve', 'GET /odd')).toBe(false);
  });
});
