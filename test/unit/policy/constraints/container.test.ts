import { describe, expect, it } from 'vitest';
import type { TargetFacts } from '../../../../src/policy/types.ts';
import { constrained, questionOf, refusal } from '../../../support/policy.ts';
import { network, refusedField } from './helpers.ts';

const CREATE = 'POST /v1.51/containers/create';
const createRefused = (constraints: string, body: object, facts: readonly TargetFacts[] = []) =>
  refusedField(constraints, CREATE, { body, facts });

describe('a create', () => {
  it('may say what it runs, and how', () => {
    const body = {
      ...{ Hostname: 'a', Domainname: 'b', AttachStdin: true, AttachStdout: true, Tty: true },
      ...{ AttachStderr: true, OpenStdin: true, StdinOnce: true, ArgsEscaped: true, Shell: ['a'] },
      ...{ Env: ['A=b'], Cmd: ['x'], Entrypoint: ['y'], Healthcheck: { Test: ['NONE'] } },
      ...{ Image: 'busybox', Volumes: { '/v': {} }, WorkingDir: '/srv', NetworkDisabled: true },
      ...{ OnBuild: ['RUN x'], Labels: { a: 'b' }, StopSignal: 'TERM', StopTimeout: 1 },
      ...{ ExposedPorts: { '80/tcp': {} }, User: '0', HostConfig: null, NetworkingConfig: null },
    };
    expect(createRefused('{}', body)).toBeUndefined();
  });

  it('refuses a field that no daemon knows, at every level', () => {
    for (const body of [
      { Odd: 1 },
      { HostConfig: { Odd: 1 } },
      { HostConfig: { Mounts: [{ Type: 'tmpfs', Odd: 1 }] } },
      { NetworkingConfig: { EndpointsConfig: { none: { Odd: 1 } } } },
    ]) {
      expect(createRefused('{}', body)).toMatch(/^\/.*Odd$/i);
    }
  });

  it('has labels by keys that are allowed', () => {
    expect(createRefused('{ labels: ["app.*"] }', { Labels: { 'app.x': '1' } })).toBeUndefined();
    expect(createRefused('{ labels: ["app.*"] }', { Labels: { traefik: '1' } })).toBe(
      'Labels["traefik"]',
    );
  });

  it.each(['/proc/self/fd/8', '/srv/../proc', 'proc/1', '/proc', 'a\\b'])(
    'does not work in %s',
    (WorkingDir) => {
      expect(createRefused('{}', { WorkingDir })).toBe('WorkingDir');
    },
  );

  it('asks for devices by environment if the driver is allowed', () => {
    const body = { Env: ['NVIDIA_VISIBLE_DEVICES=all'] };
    expect(createRefused('{}', body)).toBe('Env[0]');
    expect(createRefused('{ device-drivers: [nvidia] }', body)).toBeUndefined();
  });

  it.each([
    'NVIDIA_VISIBLE_DEVICES',
    'NVIDIA_VISIBLE_DEVICES=none',
    'NVIDIA_VISIBLE_DEVICES=VOID',
    'nvidia_visible_devices=void',
    'NVIDIA_DRIVER_CAPABILITIES=all',
    'NVIDIA_MIG_CONFIG_DEVICES=all',
    // Where nothing else is said, the runtime takes an image with this for one that wants all of them.
    'CUDA_VERSION=10',
    'DOCKER_RESOURCE_GPU=0',
  ])('asks for devices by %s', (variable) => {
    expect(createRefused('{}', { Env: ['A=b', variable] })).toBe('Env[1]');
    expect(
      createRefused('{ device-drivers: [nvidia] }', { Env: ['A=b', variable] }),
    ).toBeUndefined();
  });

  it('may say that it wants none', () => {
    const none = ['NVIDIA_VISIBLE_DEVICES=void', 'NVIDIA_VISIBLE_DEVICES=', 'MY_NVIDIA_X=1'];
    expect(createRefused('{}', { Env: none })).toBeUndefined();
  });

  describe('of an image with an environment', () => {
    const of = (env: readonly string[], body: object = {}, constraints = '{}') =>
      createRefused(constraints, { Image: 'app', ...body }, [{ kind: 'image', ref: 'app', env }]);
    const ALL = 'NVIDIA_VISIBLE_DEVICES=all';

    it.each([
      [[ALL]],
      [['NVIDIA_DRIVER_CAPABILITIES=compute']],
      [['CUDA_VERSION=12.1', 'PATH=/bin']],
      [['NVIDIA_VISIBLE_DEVICES=void', ALL]],
      [['NVIDIA_VISIBLE_DEVICES']],
      [['nvidia_visible_devices=all']],
      [['NVIDIA_VISIBLE_DEVICES=void', 'DOCKER_RESOURCE_GPU=0']],
    ])('is refused the devices that the image asks for: %j', (env) => {
      expect(of(env)).toBe('Image');
      expect(of(env, {}, '{ device-drivers: [nvidia] }')).toBeUndefined();
    });

    it.each([
      [[]],
      [['PATH=/bin', 'MY_NVIDIA=1']],
      [['NVIDIA_VISIBLE_DEVICES=void', 'NVIDIA_DRIVER_CAPABILITIES=all', 'CUDA_VERSION=12']],
      [['NVIDIA_VISIBLE_DEVICES=']],
    ])('is as any other where the image asks for none: %j', (env) => {
      expect(of(env)).toBeUndefined();
    });

    it('is allowed where the call itself says that it wants none', () => {
      const Env = ['NVIDIA_VISIBLE_DEVICES=void'];
      expect(of([ALL, 'CUDA_VERSION=12'], { Env })).toBeUndefined();
      expect(of([ALL, 'DOCKER_RESOURCE_GPU=0'], { Env })).toBe('Image');
    });

    it('is refused where nobody has looked at the image, and not where it is not there', () => {
      const policy = constrained();
      const body = { Image: 'app' };
      expect(policy.decide({ ...questionOf(CREATE, { body }), facts: [] }).allow).toBe(false);
      const facts = [{ kind: 'image' as const, ref: 'app', missing: true as const }];
      expect(createRefused('{}', body, facts)).toBeUndefined();
    });

    it('tells the name of the variable, and never its value', () => {
      const text = refusal(constrained(), CREATE, {
        body: { Image: 'app' },
        facts: [{ kind: 'image', ref: 'app', env: ['NVIDIA_REQUIRE_X=hunter2'] }],
      });
      expect(text).toContain('NVIDIA_REQUIRE_X');
      expect(text).toContain('NVIDIA_VISIBLE_DEVICES=void');
      expect(text).not.toContain('hunter2');
    });
  });

  it('is of images that are allowed', () => {
    const images = '{ images: ["reg.example/**", "busybox:1.*"] }';
    expect(createRefused(images, { Image: 'reg.example/a/b' })).toBeUndefined();
    expect(createRefused(images, { Image: 'busybox:1.36' })).toBeUndefined();
    expect(createRefused(images, { Image: 'busybox' })).toBe('Image');
    expect(createRefused(images, { Image: 'evil.example/a' })).toBe('Image');
    expect(createRefused(images, { Image: 'Odd Name' })).toBe('Image');
    expect(createRefused(images, {})).toBe('Image');
  });

  it('of an image by its id needs all of its names to be allowed', () => {
    const images = '{ images: [app] }';
    const image = (facts: Partial<TargetFacts>) => [
      { kind: 'image' as const, ref: 'cafe', ...facts },
    ];
    const body = { Image: 'cafe' };
    expect(createRefused(images, body)).toBe('Image');
    expect(createRefused(images, body, image({}))).toBe('Image');
    expect(createRefused(images, body, image({ names: [] }))).toBe('Image');
    expect(createRefused(images, body, image({ names: ['app:1'] }))).toBeUndefined();
    expect(createRefused(images, body, image({ names: ['app:1', 'evil:1'] }))).toBe('Image');
    expect(createRefused(images, body, image({ names: ['<none>:<none>'] }))).toBe('Image');
    expect(createRefused(images, body, image({ missing: true }))).toBe('Image');
    expect(createRefused('{ images: [cafe] }', body, image({ missing: true }))).toBeUndefined();
    const gone = { kind: 'image' as const, ref: 'sha256:cafe', missing: true as const };
    expect(createRefused('{ images: [sha256] }', { Image: 'sha256:cafe' }, [gone])).toBe('Image');
  });

  it('is of registries that are allowed', () => {
    const registries = '{ registries: [reg.example, "*.corp.example"] }';
    expect(createRefused(registries, { Image: 'reg.example/a' })).toBeUndefined();
    expect(createRefused(registries, { Image: 'x.corp.example/a' })).toBeUndefined();
    expect(createRefused(registries, { Image: 'busybox' })).toBe('Image');
    expect(createRefused('{ registries: [docker.io] }', { Image: 'busybox' })).toBeUndefined();
  });

  it('needs an API version that is new enough', () => {
    const call = (version: string) =>
      refusedField('{ min-api-version: "1.44" }', `POST ${version}/containers/create`, {
        body: {},
      });
    expect(call('/v1.43')).toBe('the API version');
    expect(call('/v1.44')).toBeUndefined();
    expect(call('')).toBeUndefined();
  });
});

describe('who a container runs as', () => {
  const image = (facts: Partial<TargetFacts>): readonly TargetFacts[] => [
    { kind: 'image', ref: 'app', ...facts },
  ];
  const runs = (users: string, User: string | undefined, facts = image({ user: '1000' })) =>
    createRefused(users, { Image: 'app', ...(User !== undefined && { User }) }, facts);
  const NUMBERS = '{ users: ["1-4294967295"] }';

  it.each(['root', '0', '00', '+0', '-0', '0:0', 'app', 'app:app', '1000:0', '1000:root', '-1'])(
    'is refused outside of a range: %s',
    (user) => {
      expect(runs(NUMBERS, user)).toBe('User');
    },
  );

  it.each(['1', '1000', '+1000', '1000:1000', '1000:'])('is allowed in a range: %s', (user) => {
    expect(runs(NUMBERS, user)).toBeUndefined();
  });

  it('is a number, a range or a name', () => {
    expect(runs('{ users: ["1000"] }', '1001')).toBe('User');
    expect(runs('{ users: ["app*"] }', 'app2')).toBeUndefined();
    expect(runs('{ users: ["*"] }', '5')).toBe('User');
    expect(runs('{ users: ["0"] }', 'root')).toBeUndefined();
    expect(runs('{ users: ["1000"], groups: ["50"] }', '1000:50')).toBeUndefined();
    expect(runs('{}', 'root:root')).toBeUndefined();
  });

  it('is the image’s own where the call names nobody', () => {
    expect(runs(NUMBERS, undefined)).toBeUndefined();
    expect(runs(NUMBERS, '', image({ user: '1000:1000' }))).toBeUndefined();
    expect(runs(NUMBERS, '', image({ user: '' }))).toBe('User');
    expect(runs(NUMBERS, '', image({}))).toBe('User');
    expect(runs(NUMBERS, '', image({ missing: true }))).toBe('User');
    expect(runs(NUMBERS, '', [])).toBe('User');
  });
});

describe('endpoints', () => {
  const facts = [network('web'), network('x', 'host')];
  const joined = (constraints: string, EndpointsConfig: object) =>
    createRefused(constraints, { NetworkingConfig: { EndpointsConfig } }, facts);

  it('are of networks that are allowed', () => {
    expect(joined('{ networks: [web] }', { web: {}, bridge: null })).toBeUndefined();
    expect(joined('{}', { web: {} })).toBe('NetworkingConfig.EndpointsConfig["web"]');
    expect(joined('{ networks: ["*"] }', { host: {} })).toBeDefined();
    expect(joined('{ networks: ["*"] }', { x: {} })).toBeDefined();
    expect(joined('{ networks: ["*"] }', { 'container:x': {} })).toBeDefined();
  });

  it.each([
    ['aliases', { Aliases: ['db'] }],
    ['addresses', { IPAMConfig: { IPv4Address: '192.0.2.1' } }],
    ['addresses', { MacAddress: '02:00:00:00:00:01' }],
    ['addresses', { GwPriority: 1 }],
    ['endpoint-options', { DriverOpts: { 'com.docker.network.endpoint.sysctls': 'x' } }],
  ])('have %s if allowed: %j', (feature, settings) => {
    expect(joined('{}', { none: settings })).toBeDefined();
    expect(joined(`{ features: [${feature}] }`, { none: settings })).toBeUndefined();
  });

  it('have no links, and may say again what the daemon once said', () => {
    expect(joined('{}', { none: { Links: ['a:b'] } })).toBeDefined();
    const said = { NetworkID: '', EndpointID: 'b', Gateway: 'c', IPAddress: 'd', IPPrefixLen: 1 };
    const more = {
      IPv6Gateway: 'e',
      GlobalIPv6Address: 'f',
      GlobalIPv6PrefixLen: 1,
      DNSNames: ['a'],
    };
    expect(joined('{}', { none: { ...said, ...more } })).toBeUndefined();
  });

  it('are of the network that their NetworkID names, which the daemon prefers to their key', () => {
    const [web, secret, host] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32));
    const known = [
      { ...network('web'), id: web },
      { ...network(String(web), 'web'), id: web },
      { ...network(String(secret), 'secret'), id: secret },
      { ...network(String(host), 'host'), id: host },
      { ...network('aaa', 'web'), id: web },
    ];
    const by = (NetworkID: string | undefined, constraints = '{ networks: [web] }') =>
      createRefused(
        constraints,
        { NetworkingConfig: { EndpointsConfig: { web: { NetworkID } } } },
        known,
      );
    const field = 'NetworkingConfig.EndpointsConfig["web"].NetworkID';
    expect(by(web)).toBeUndefined();
    expect(by(secret)).toBe(field);
    expect(by(secret, '{ networks: ["*"] }')).toBeUndefined();
    expect(by(host, '{ networks: ["*"] }')).toBe(field);
    expect(by('dd'.repeat(32), '{ networks: ["*"] }')).toBe(field);
    // A name, or the beginning of an id, may mean another network a moment later.
    for (const loose of ['aaa', 'web', 'bridge']) expect(by(loose)).toBe(field);
  });

  it('have the MAC address of old clients if allowed', () => {
    const asked = { body: { MacAddress: '02:00:00:00:00:01' } };
    const call = 'POST /v1.40/containers/create';
    expect(refusedField('{}', call, asked)).toBe('MacAddress');
    expect(refusedField('{ features: [addresses] }', call, asked)).toBeUndefined();
  });
});

describe('limits of a container', () => {
  const held = '{ resources: { memory: 512m, cpus: 1.5, pids: 100 } }';
  const plain = { Memory: 1024 ** 2, NanoCpus: 1e9, PidsLimit: 100 };
  const limits = (HostConfig: object): string | undefined => createRefused(held, { HostConfig });

  it('have to be there, and not too large', () => {
    expect(limits(plain)).toBeUndefined();
    expect(createRefused(held, {})).toBe('HostConfig.Memory');
    expect(limits({ ...plain, Memory: 0 })).toBe('HostConfig.Memory');
    expect(limits({ ...plain, Memory: 2 ** 30 })).toBe('HostConfig.Memory');
    expect(limits({ ...plain, MemorySwap: -1 })).toBe('HostConfig.MemorySwap');
    expect(limits({ ...plain, MemorySwap: 2 ** 31 })).toBe('HostConfig.MemorySwap');
    expect(limits({ ...plain, MemorySwap: 2 ** 29 })).toBeUndefined();
    expect(limits({ ...plain, NanoCpus: 2e9 })).toBe('HostConfig.NanoCpus');
    expect(limits({ ...plain, NanoCpus: undefined })).toBe('HostConfig.NanoCpus');
    expect(limits({ ...plain, NanoCpus: 0, CpuQuota: 100_000 })).toBeUndefined();
    expect(limits({ ...plain, NanoCpus: 0, CpuQuota: 10_000, CpuPeriod: 1_000 })).toBeDefined();
    expect(limits({ ...plain, PidsLimit: 0 })).toBe('HostConfig.PidsLimit');
    expect(limits({ ...plain, PidsLimit: -1 })).toBe('HostConfig.PidsLimit');
    expect(limits({ ...plain, PidsLimit: 101 })).toBe('HostConfig.PidsLimit');
  });

  it('in small sizes are bytes', () => {
    expect(
      createRefused('{ resources: { memory: 4096 } }', { HostConfig: { Memory: 4096 } }),
    ).toBeUndefined();
    expect(
      createRefused('{ resources: { memory: 4k } }', { HostConfig: { Memory: 5000 } }),
    ).toBeDefined();
  });

  it('are not lifted by an update', () => {
    const update = (body: object, constraints = held): string | undefined =>
      refusedField(constraints, 'POST /containers/x/update', { body });
    expect(update({})).toBeUndefined();
    expect(update({ CpuShares: 5, PidsLimit: 50 })).toBeUndefined();
    expect(update({ Memory: 2 ** 40 })).toBe('Memory');
    expect(update({ Memory: -1 })).toBe('Memory');
    expect(update({ MemorySwap: -1 })).toBe('MemorySwap');
    expect(update({ MemorySwap: 2 ** 29 })).toBeUndefined();
    expect(update({ NanoCpus: 3e9 })).toBe('NanoCpus');
    expect(update({ CpuQuota: -1 })).toBe('NanoCpus');
    expect(update({ CpuQuota: 1e6 })).toBe('NanoCpus');
    expect(update({ CpuPeriod: 1000 })).toBe('NanoCpus');
    expect(update({ NanoCpus: 1e9 })).toBeUndefined();
    expect(update({ PidsLimit: 0 })).toBe('PidsLimit');
    expect(update({ Memory: -1 }, '{}')).toBeUndefined();
    expect(update({ RestartPolicy: { Name: 'always' } }, '{}')).toBe('RestartPolicy.Name');
    expect(update({ Devices: [{ PathOnHost: '/dev/sda' }] }, '{}')).toBe('Devices[0].PathOnHost');
    expect(update({ CgroupParent: '/x' }, '{}')).toBe('CgroupParent');
  });
});

describe('an exec', () => {
  const exec = (constraints: string, body: object): string | undefined =>
    refusedField(constraints, 'POST /containers/x/exec', { body });

  it('has the power of its container, and no more', () => {
    const body = {
      ...{ Tty: true, ConsoleSize: [1, 2], AttachStdin: true, AttachStdout: true, Detach: false },
      ...{ AttachStderr: true, DetachKeys: 'a', Env: ['A=b'], WorkingDir: '', Cmd: ['ls'] },
      ...{ User: '', Privileged: false, Container: 'x' },
    };
    expect(exec('{}', body)).toBeUndefined();
    expect(exec('{}', { Privileged: true })).toBe('Privileged');
    expect(exec('{ privileged: true }', { Privileged: true })).toBeUndefined();
    expect(exec('{}', { WorkingDir: '/proc/self/fd/7' })).toBe('WorkingDir');
    expect(exec('{ users: ["1000"] }', { User: 'root' })).toBe('User');
    expect(exec('{ users: ["1000"] }', { User: '1000', Cmd: ['ls'] })).toBeUndefined();
    expect(exec('{}', { Odd: 1 })).toBe('/Odd');
  });

  it('starts as it was made', () => {
    const start = (body: object): string | undefined =>
      refusedField('{}', 'POST /exec/x/start', { body });
    expect(start({ Detach: true, Tty: false, ConsoleSize: [1, 2] })).toBeUndefined();
    expect(start({ Privileged: true })).toBe('/Privileged');
  });
});

describe('a start', () => {
  it('has no body', () => {
    const start = (body: object): string | undefined =>
      refusedField('{}', 'POST /containers/x/start', { body });
    expect(start({})).toBeUndefined();
    expect(start({ Privileged: true })).toBe('/Privileged');
  });
});
