import { describe, expect, it } from 'vitest';
import type { Needs } from '../../../src/policy/types.ts';
import { ALICE, operationOf, policyOf, referencesOf, roleOf } from '../../support/policy.ts';

const needs = (lines: string, call: string): Needs => roleOf(lines).needs(ALICE, operationOf(call));
const CREATE = 'POST /containers/create';
const STOP = 'POST /containers/x/stop';

describe('what has to be known', () => {
  it.each([
    ['nothing of what nobody allows', 'allow: [read]', CREATE, false, false],
    ['nothing of what is denied', 'allow: ["*"]\ndeny: ["*"]', CREATE, false, false],
    ['nothing of what is free', 'allow: ["*"]\nunconstrained: true', CREATE, false, false],
    ['nothing of what has no body', 'allow: ["*"]', STOP, false, false],
    ['all of what is constrained', 'allow: ["*"]', CREATE, true, true],
    ['the body of a volume', 'allow: ["*"]', 'POST /volumes/create', true, false],
    ['the query of a build and its network', 'allow: ["*"]', 'POST /build', false, true],
    ['nothing of what is of the host', 'allow: ["*"]', 'POST /swarm/init', false, false],
    [
      'the object that is selected',
      'allow: [{ actions: ["*"], containers: { names: [x] } }]',
      STOP,
      false,
      true,
    ],
    [
      'an object that stands in a body',
      'unconstrained: true\nallow: [{ actions: ["*"], volumes: [x] }]',
      'POST /volumes/create',
      true,
      true,
    ],
    [
      'nothing for a list',
      'allow: [{ actions: ["*"], containers: { names: [x] } }]',
      'GET /containers/json',
      false,
      false,
    ],
    [
      'the object that a denial selects',
      'allow: ["*"]\ndeny: [{ actions: ["*"], containers: { names: [x] } }]',
      STOP,
      false,
      true,
    ],
    [
      'the object that a denial selects, even where nothing is allowed',
      'deny: [{ actions: ["*"], containers: { names: [x] } }]',
      STOP,
      false,
      true,
    ],
    [
      'all of what is denied with a warning',
      'mode: warn\nallow: ["*"]\ndeny: ["*"]',
      CREATE,
      true,
      true,
    ],
  ])('is %s', (_, lines, call, body, facts) => {
    expect(needs(lines, call)).toEqual({ body, facts });
  });

  it('is every body, where a role merely warns: what is ambiguous is refused all the same', () => {
    const trial = 'mode: warn\nallow: [read]';
    expect(needs(trial, CREATE)).toEqual({ body: true, facts: false });
    expect(needs(trial, STOP)).toEqual({ body: false, facts: false });
    const selecting =
      'mode: warn\nunconstrained: true\nallow: [{ actions: [exec], containers: { names: [x] } }]';
    expect(needs(selecting, 'POST /exec/x/start')).toEqual({ body: true, facts: true });
  });

  it('is nothing of somebody without a role', () => {
    const policy = policyOf('users: []');
    expect(policy.needs(ALICE, operationOf(CREATE))).toEqual({ body: false, facts: false });
  });
});

describe('what constraints have to know of others', () => {
  const refs = (constraints: string, call: string, body?: unknown) =>
    referencesOf(
      roleOf(`allow: ["*"]\nconstraints: ${constraints}`),
      call,
      body === undefined ? {} : { body },
    ).map(({ kind, ref, from }) => `${kind} ${ref} ${from}`);

  it('in a container is what it joins, mounts, and is made of', () => {
    const body = {
      Image: 'cafe',
      HostConfig: {
        NetworkMode: 'web',
        PidMode: 'container:/a',
        IpcMode: 'container:b',
        Cgroup: 'container:c',
        VolumesFrom: ['d:ro', 'd'],
        Links: ['/e:alias'],
        Binds: ['/srv:/x', 'data:/y', '/anonymous', ':/z'],
        Mounts: [
          { Type: 'volume', Source: 'more' },
          { Type: 'volume' },
          { Type: 'image', Source: 'beef' },
          { Type: 'bind', Source: '/' },
        ],
      },
      NetworkingConfig: { EndpointsConfig: { web: {}, other: null, bridge: {}, host: {} } },
    };
    expect(refs('{ images: ["**"], users: ["1"] }', CREATE, body)).toEqual([
      'container a body',
      'container b body',
      'container c body',
      'container d body',
      'container e body',
      'network web body',
      'network other body',
      'volume data body',
      'volume more body',
      'image cafe body',
      'image beef body',
    ]);
    expect(refs('{}', CREATE)).toEqual([]);
  });

  it('in a container is its image, unless neither its user, variables nor names count', () => {
    const held = (more = '') => `{ device-drivers: [nvidia]${more} }`;
    expect(refs('{}', CREATE, { Image: 'app' })).toEqual(['image app body']);
    expect(refs(held(), CREATE, { Image: 'cafe' })).toEqual([]);
    expect(refs(held(', users: ["1"]'), CREATE, { Image: 'app' })).toEqual(['image app body']);
    expect(refs(held(', users: ["1"]'), CREATE, { Image: 'app', User: '1' })).toEqual([]);
    expect(refs(held(', users: ["1"]'), CREATE, {})).toEqual(['image  body']);
    const registries = held(', registries: ["*"]');
    expect(refs(registries, CREATE, { Image: 'cafe' })).toEqual(['image cafe body']);
  });

  it('in a service is its networks, volumes and images', () => {
    const body = {
      TaskTemplate: {
        ContainerSpec: { Image: 'cafe', Mounts: [{ Type: 'volume', Source: 'v' }] },
        Networks: [{ Target: 'n' }, {}],
      },
      Networks: [{ Target: 'host' }, { Target: 'm' }],
    };
    const networks = ['n', '', 'host', 'm'].map((ref) => `network ${ref} body`);
    const expected = [...networks, 'volume v body', 'image cafe body'];
    expect(refs('{ images: ["**"] }', 'POST /services/create', body)).toEqual(expected);
    expect(refs('{ images: ["**"] }', 'POST /services/x/update', body)).toEqual(expected);
    expect(refs('{}', 'POST /services/create', {})).toEqual([]);
    expect(refs('{}', 'POST /services/create', { TaskTemplate: { ContainerSpec: {} } })).toEqual(
      [],
    );
  });

  it('in a build is its network', () => {
    expect(refs('{}', 'POST /build?networkmode=web')).toEqual(['network web query']);
    expect(refs('{}', 'POST /build?networkmode=container:x')).toEqual(['container x query']);
    expect(refs('{}', 'POST /build')).toEqual([]);
  });

  it('at a tag is what may be the id of an image, where images are held', () => {
    expect(refs('{ images: [a] }', 'POST /images/cafe/tag?repo=a')).toEqual(['image cafe path']);
    expect(refs('{ images: [a] }', 'POST /images/app/tag?repo=a')).toEqual([]);
    expect(refs('{ registries: [a] }', 'POST /images/cafe/tag?repo=a')).toEqual([]);
  });

  it('at a connect is the network', () => {
    expect(refs('{}', 'POST /networks/n/connect', { Container: 'c' })).toEqual(['network n path']);
    expect(refs('{}', 'POST /networks/n/connect')).toEqual(['network n path']);
    expect(refs('{}', 'POST /networks/bridge/connect', { Container: 'c' })).toEqual([]);
    const body = { Container: 'c', EndpointConfig: { NetworkID: 'm' } };
    expect(refs('{}', 'POST /networks/n/connect', body)).toEqual([
      'network n path',
      'network m body',
    ]);
    const NetworkingConfig = { EndpointsConfig: { bridge: { NetworkID: 'm' }, none: null } };
    expect(refs('{}', CREATE, { NetworkingConfig })).toEqual(['network m body', 'image  body']);
  });

  it('is nothing for the rules of an unconstrained role', () => {
    const policy = policyOf(`
users: [{ user: alice, roles: [a, b] }]
roles:
  a: { allow: [{ actions: [container.create], containers: { names: [x] } }], unconstrained: true }
  b: { allow: [{ actions: [container.create], containers: { names: [y] } }] }
`);
    expect(
      referencesOf(policy, CREATE, { body: { Image: 'app', HostConfig: { NetworkMode: 'n' } } }),
    ).toEqual([
      { kind: 'network', ref: 'n', from: 'body' },
      { kind: 'image', ref: 'app', from: 'body' },
    ]);
  });
});

it('is the same whenever it is asked, and each action has its own', () => {
  const policy = roleOf('allow: [{ actions: ["*"], containers: { names: [x] } }]');
  for (let time = 0; time < 2; time += 1) {
    expect(policy.needs(ALICE, operationOf(STOP))).toEqual({ body: false, facts: true });
    expect(policy.needs(ALICE, operationOf(CREATE))).toEqual({ body: true, facts: true });
    expect(policy.needs(ALICE, operationOf('GET /containers/json'))).toEqual({
      body: false,
      facts: false,
    });
  }
});
