import { describe, expect, it } from 'vitest';
import { isBodyAction } from '../../../src/docker-api/body/bodies.ts';
import { PRESETS } from '../../../src/policy/presets.ts';
import { EFFECT_VECTORS, fillRoute, ROUTE_VECTORS } from '../helpers/vectors.ts';
import { network } from './constraints/helpers.ts';
import {
  constrained,
  CREATE,
  decide,
  operationOf,
  policyOf,
  refusal,
  type Asked,
} from '../../support/policy.ts';

/** Every route of the daemon as a call; one that stands for two actions as two. */
const CALLS = ROUTE_VECTORS.flatMap(({ method, route }) => {
  const call = `${method} ${fillRoute(route, { name: 'x', id: 'x', checkpoint: 'y' })}`;
  if (route === '/images/create') return [`${call}?fromImage=x`, `${call}?fromSrc=-&repo=x`];
  if (route === '/containers/{name:.*}/start') return [call, `${call}?checkpoint=y`];
  return [call];
});

/** The plainest body that a call can have. */
function plain(call: string): Asked {
  const { action } = operationOf(call);
  const facts = [network('x')];
  if (!isBodyAction(action)) return { facts };
  const named = { 'container.create': { Image: 'x' }, 'network.create': { Name: 'x' } };
  const isList = ['plugin.install', 'plugin.upgrade', 'plugin.set'].includes(action);
  return {
    facts,
    body: Object.entries(named).find(([name]) => name === action)?.[1] ?? (isList ? [] : {}),
  };
}

const withRole = (role: string) => policyOf(`users: [{ user: alice, roles: [${role}] }]`);

function allowedTo(role: string): readonly string[] {
  const policy = withRole(role);
  const allowed = CALLS.filter((call) => decide(policy, call, plain(call)).allow);
  return [...new Set(allowed.map((call) => operationOf(call).action))].sort();
}

const GREETING = ['http.options', 'system.info', 'system.ping', 'system.version'];
const VIEWER = [
  ...GREETING,
  ...['container.list', 'container.stats', 'container.wait', 'image.list'],
  ...['network.inspect', 'network.list', 'node.inspect', 'node.list'],
];
const OPERATOR = [
  ...VIEWER,
  ...['container.inspect', 'container.kill', 'container.logs', 'container.pause'],
  'container.resize',
  ...['container.restart', 'container.start', 'container.stop', 'container.unpause'],
];

/** What each preset allows, and nothing else, on every route. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  viewer: VIEWER,
  'log-reader': [...VIEWER, 'container.inspect', 'container.logs'],
  operator: OPERATOR,
  deployer: [
    ...OPERATOR,
    ...['container.attach', 'container.create', 'container.remove', 'container.top'],
    ...['distribution.inspect', 'image.history', 'image.inspect', 'image.pull'],
    ...['network.connect', 'network.create', 'network.disconnect', 'network.remove'],
    ...['volume.create', 'volume.inspect', 'volume.list', 'volume.remove', 'system.events'],
  ],
  'ci-builder': [
    ...GREETING,
    ...['build.cancel', 'buildkit.grpc', 'buildkit.session', 'image.build'],
    ...['distribution.inspect', 'image.history', 'image.inspect', 'image.list', 'image.pull'],
    ...['image.push', 'image.tag', 'registry.login'],
  ],
  monitor: [
    ...VIEWER,
    ...['container.inspect', 'container.top', 'image.history', 'image.inspect', 'service.inspect'],
    ...['service.list', 'system.df', 'system.events', 'task.inspect', 'task.list'],
    ...['volume.inspect', 'volume.list'],
  ],
};

describe('a preset', () => {
  it.each(Object.entries(EXPECTED))('allows on every route what it says: %s', (role, expected) => {
    expect(allowedTo(role)).toEqual([...expected].sort());
  });

  it('is in this test', () => {
    expect(Object.keys(PRESETS).sort()).toEqual([...Object.keys(EXPECTED), 'admin'].sort());
  });

  it('allows admin everything, understood or not', () => {
    const admin = withRole('admin');
    for (const call of [...CALLS, 'GET /v1.99/odd']) expect(refusal(admin, call)).toBeUndefined();
  });

  it('of a viewer reveals nothing that may be secret, but the command lines of a list', () => {
    const reveals = EFFECT_VECTORS.filter((row) => row.reveals).map((row) => row.action);
    expect(allowedTo('viewer').filter((action) => reveals.includes(action))).toEqual([
      'container.list',
    ]);
  });

  it.each(Object.keys(EXPECTED).filter((role) => role !== 'ci-builder'))(
    'gives no power over the host without a body that is held: %s',
    (role) => {
      const powerful = EFFECT_VECTORS.filter((row) => row.hostPower).map((row) => row.action);
      const found = allowedTo(role).filter((action) => powerful.includes(action));
      expect(
        found.every((action) =>
          /^(?:container\.(?:attach|create)|network\.(?:create|connect)|volume\.create)$/.test(
            action,
          ),
        ),
      ).toBe(true);
    },
  );
});

describe('a monitor', () => {
  it.each([
    ['cAdvisor', ['/_ping', '/info', '/version', '/containers/x/json', '/images/json']],
    ['exporters of statistics', ['/containers/json?all=1', '/containers/x/stats?stream=0']],
    [
      'telegraf',
      [
        ...['/info', '/containers/json', '/containers/x/json', '/containers/x/stats'],
        ...['/system/df', '/services', '/tasks', '/nodes', '/events'],
      ],
    ],
    [
      'dashboards',
      [
        ...['/events', '/networks', '/networks/x', '/volumes', '/volumes/x', '/images/x/json'],
        ...['/containers/x/top', '/system/df', '/services/x', '/tasks/x', '/nodes/x'],
      ],
    ],
  ])('may make the calls of %s', (_, paths) => {
    const monitor = withRole('monitor');
    const refused = paths.filter((path) => refusal(monitor, `GET /v1.41${path}`, plain('GET /x')));
    expect(refused).toEqual([]);
  });
});

describe('a deployer', () => {
  const deployer = withRole('deployer');
  const create = (HostConfig: object): string | undefined =>
    refusal(deployer, CREATE, { body: { Image: 'app', HostConfig }, facts: [network('web')] });

  it('runs what docker compose asks for', () => {
    expect(
      create({
        ...{ NetworkMode: 'web', RestartPolicy: { Name: 'always' }, AutoRemove: false },
        ...{ PortBindings: { '80/tcp': [{ HostPort: '8080' }] }, LogConfig: { Type: 'json-file' } },
        ...{ ExtraHosts: ['db:192.0.2.1'], Dns: ['192.0.2.1'], CapDrop: ['ALL'] },
      }),
    ).toBeUndefined();
  });

  it('attaches to the output of a container, and to no input', () => {
    const attach = (query: string): string | undefined =>
      refusal(deployer, `POST /containers/x/attach?${query}`);
    expect(attach('stream=1&stdout=1&stderr=1')).toBeUndefined();
    expect(attach('stream=1&stdout=1&stdin=0')).toBeUndefined();
    for (const query of ['stream=1&stdin=1', 'stdin=%20True', 'stdin=x&stdin=0']) {
      expect(attach(query)).toMatch(/stdin: its standard input may not be attached/);
    }
    expect(refusal(deployer, 'GET /containers/x/attach/ws?stdout=1')).toBeDefined();
    const outputOnly = constrained('{ stdin: false }');
    expect(refusal(outputOnly, 'GET /containers/x/attach/ws?stdout=1')).toMatch(/stdin/);
    const plainly = constrained('{}');
    expect(refusal(plainly, 'GET /containers/x/attach/ws?stdin=1')).toBeUndefined();
    expect(refusal(plainly, 'POST /containers/x/attach?stdin=1')).toBeUndefined();
  });

  it.each([
    { Privileged: true },
    { Binds: ['/:/host'] },
    { VolumesFrom: ['other'] },
    { PidMode: 'container:other' },
    { PortBindings: { '80/tcp': [{ HostPort: '80' }] } },
    { ExtraHosts: ['x:host-gateway'] },
  ])('does not run %j', (HostConfig) => {
    expect(create(HostConfig)).toBeDefined();
  });
});
