import { describe, expect, it } from 'vitest';
import {
  fields,
  type FieldChecks,
  type Inspection,
} from '../../../../src/policy/constraints/inspection.ts';
import { parseSize } from '../../../../src/policy/constraints/sizes.ts';
import type { TargetFacts } from '../../../../src/policy/types.ts';
import {
  ALICE,
  constrained,
  container,
  decide,
  operationOf,
  refusal,
} from '../../../support/policy.ts';
import { network, plainVolume, refusedField } from './helpers.ts';

describe('a network', () => {
  const create = (constraints: string, body: object): string | undefined =>
    refusedField(constraints, 'POST /networks/create', { body: { Name: 'web', ...body } });
  const NETS = '{ networks: [web] }';

  it('is made under a name that is allowed, as a bridge', () => {
    expect(create('{}', {})).toBe('Name');
    const body = {
      ...{ CheckDuplicate: true, Driver: 'bridge', EnableIPv4: true, EnableIPv6: true },
      ...{ Internal: true, Attachable: true, Labels: { a: 'b' }, Options: {}, Scope: '' },
      ...{ IPAM: { Driver: 'default', Config: [], Options: {} }, Ingress: false },
    };
    expect(create(NETS, body)).toBeUndefined();
  });

  it.each([
    ['network-drivers: [macvlan]', { Driver: 'macvlan' }],
    ['network-options: ["parent=eth0"]', { Options: { parent: 'eth0' } }],
    ['network-options: ["*"]', { Options: { 'com.docker.network.bridge.name': 'docker0' } }],
    ['features: [subnets]', { IPAM: { Config: [{ Subnet: '10.0.0.0/8' }] } }],
    ['features: [swarm-networks]', { Ingress: true }],
    ['features: [swarm-networks]', { ConfigOnly: true }],
    ['features: [swarm-networks]', { ConfigFrom: { Network: 'web' } }],
    ['features: [swarm-networks]', { Scope: 'swarm' }],
  ])('may have with %s what it may not have without: %j', (setting, body) => {
    expect(create(NETS, body)).toBeDefined();
    expect(create(`{ networks: [web], ${setting} }`, body)).toBeUndefined();
  });

  it('is configured by a network that is allowed, by its name', () => {
    const held = '{ networks: [web], features: [swarm-networks] }';
    expect(create(held, { ConfigFrom: { Network: 'secret' } })).toBe('ConfigFrom.Network');
    expect(create(held, { ConfigFrom: {} })).toBe('ConfigFrom.Network');
    expect(create(held, { ConfigFrom: { Network: 'web' } })).toBeUndefined();
  });

  it.each([{ IPAM: { Driver: 'dhcp' } }, { IPAM: { Options: { a: 'b' } } }])(
    'may not have %j',
    (body) => {
      expect(create(NETS, body)).toBeDefined();
    },
  );

  it('is joined and left', () => {
    const facts = [network('n', 'web'), container('c')];
    const connect = (constraints: string, body: object): string | undefined =>
      refusedField(constraints, 'POST /networks/n/connect', { body, facts });
    expect(connect(NETS, { Container: 'c' })).toBeUndefined();
    expect(connect('{}', { Container: 'c' })).toBe('network');
    expect(connect(NETS, { Container: 'c', EndpointConfig: { Aliases: ['db'] } })).toBe(
      'EndpointConfig.Aliases',
    );
    const EndpointConfig = { NetworkID: 'ab'.repeat(32) };
    const secret = { ...network('ab'.repeat(32), 'secret'), id: 'ab'.repeat(32) };
    const asked = { body: { Container: 'c', EndpointConfig }, facts: [...facts, secret] };
    expect(refusedField(NETS, 'POST /networks/n/connect', asked)).toBe('EndpointConfig.NetworkID');
    const body = { Container: 'c', Force: true };
    expect(refusedField('{}', 'POST /networks/n/disconnect', { body })).toBeUndefined();
  });
});

describe('a service', () => {
  const facts = [
    ...[network('n', 'web'), network('h', 'host'), network('b', 'bridge')],
    ...[network('host', 'other'), plainVolume('vol')],
  ];
  const service = (constraints: string, body: object): string | undefined =>
    refusedField(constraints, 'POST /services/create', { body, facts });
  const spec = (constraints: string, ContainerSpec: object): string | undefined =>
    service(constraints, { TaskTemplate: { ContainerSpec } });

  it('may say what it runs, and how', () => {
    const ContainerSpec = {
      ...{ Image: 'a', Labels: {}, Command: ['a'], Args: ['b'], Hostname: 'c', Env: ['A=b'] },
      ...{ Dir: '/', User: '', Groups: [], Init: true, StopSignal: 'a', TTY: true, Isolation: '' },
      ...{ OpenStdin: true, ReadOnly: true, StopGracePeriod: 1, Healthcheck: {}, Hosts: [] },
      ...{ Mounts: [{ Type: 'volume', Source: 'vol' }], CapabilityDrop: ['ALL'], OomScoreAdj: 1 },
    };
    const body = {
      Name: 'web',
      Labels: {},
      TaskTemplate: {
        ...{ ContainerSpec, Resources: { Limits: {}, Reservations: {}, SwapBytes: 1 } },
        ...{ RestartPolicy: { Condition: 'any' }, ForceUpdate: 1, Runtime: 'container' },
      },
      Mode: { Replicated: { Replicas: 2 } },
      UpdateConfig: { Parallelism: 1 },
      RollbackConfig: { Parallelism: 1 },
      EndpointSpec: { Mode: 'vip', Ports: [] },
    };
    expect(service('{}', body)).toBeUndefined();
    expect(service('{}', { Mode: { ReplicatedJob: {} } })).toBeUndefined();
    expect(service('{}', {})).toBeUndefined();
  });

  it.each([
    ['{ host-paths: [/] }', { Mounts: [{ Type: 'bind', Source: '/' }] }],
    ['{ capabilities: [ALL] }', { CapabilityAdd: ['all'] }],
    [
      '{ security-options: ["seccomp=unconfined"] }',
      { Privileges: { Seccomp: { Mode: 'unconfined' } } },
    ],
    ['{ security-options: ["seccomp=custom"] }', { Privileges: { Seccomp: { Profile: 'e30=' } } }],
    ['{ security-options: ["apparmor=*"] }', { Privileges: { AppArmor: { Mode: 'disabled' } } }],
    [
      '{ security-options: ["label=disable"] }',
      { Privileges: { SELinuxContext: { Disable: true } } },
    ],
    ['{ security-options: ["label=type:x"] }', { Privileges: { SELinuxContext: { Type: 'x' } } }],
    ['{ sysctls: ["*"] }', { Sysctls: { 'net.x': '1' } }],
    ['{ ulimits: [rtprio] }', { Ulimits: [{ Name: 'rtprio' }] }],
    ['{ features: [oom] }', { OomScoreAdj: -5 }],
    ['{ secrets: [mine] }', { Secrets: [{ SecretID: 'x', SecretName: 'mine' }] }],
    ['{ secrets: [mine] }', { Configs: [{ ConfigID: 'x', ConfigName: 'mine' }] }],
    ['{ secrets: ["*"] }', { Secrets: [{ SecretID: 'x' }, null] }],
    ['{ secrets: ["*"] }', { Configs: [{ ConfigID: 'x' }] }],
    ['{ features: [extra-hosts] }', { Hosts: ['192.0.2.1 db'] }],
    ['{ features: [dns] }', { DNSConfig: { Nameservers: ['192.0.2.1'] } }],
    ['{ groups: ["5"] }', { Groups: ['5'] }],
    ['{ device-drivers: [nvidia] }', { Env: ['NVIDIA_VISIBLE_DEVICES=all'] }],
  ])('may have with %s what it may not have without: %j', (setting, ContainerSpec) => {
    expect(spec('{}', ContainerSpec)).toBeDefined();
    expect(spec(setting, ContainerSpec)).toBeUndefined();
  });

  it.each([
    ['{ networks: [web] }', { TaskTemplate: { Networks: [{ Target: 'n' }] } }],
    ['{ networks: [web] }', { Networks: [{ Target: 'n' }] }],
    ['{ namespaces: ["network=host"] }', { Networks: [{ Target: 'h' }] }],
    // Even that is what the daemon says it is.
    ['{ networks: [other] }', { TaskTemplate: { Networks: [{ Target: 'host' }] } }],
    ['{ features: [aliases] }', { Networks: [{ Target: 'b', Aliases: ['x'] }] }],
    ['{ features: [placement] }', { Mode: { Global: {} } }],
    ['{ features: [placement] }', { Mode: { GlobalJob: {} } }],
    ['{ features: [placement] }', { TaskTemplate: { Placement: { Constraints: ['x'] } } }],
    ['{ log-drivers: [gelf] }', { TaskTemplate: { LogDriver: { Name: 'gelf', Options: {} } } }],
    ['{ ports: ["8080"] }', { EndpointSpec: { Ports: [{ PublishedPort: 8080 }] } }],
    ['{ ports: ["30000-32767"] }', { EndpointSpec: { Ports: [{ TargetPort: 80 }] } }],
    ['{ ports: ["32768-60999"] }', { EndpointSpec: { Ports: [{ PublishMode: 'host' }] } }],
  ])('may have with %s in its task what it may not have without: %j', (setting, body) => {
    expect(service('{}', body)).toBeDefined();
    expect(service(setting, body)).toBeUndefined();
  });

  it.each([
    { TaskTemplate: { PluginSpec: { name: 'x' } } },
    { TaskTemplate: { Runtime: 'plugin' } },
    { TaskTemplate: { NetworkAttachmentSpec: { ContainerID: 'x' } } },
    { TaskTemplate: { ContainerSpec: { Privileges: { CredentialSpec: { File: 'x' } } } } },
    { TaskTemplate: { ContainerSpec: { Isolation: 'hyperv' } } },
    { Networks: [{ Target: 'n' }, { Target: 'unasked' }] },
    { TaskTemplate: { Networks: [{}] } },
    { TaskTemplate: { Networks: [{ Target: 'bridge' }] } },
  ])('may not have %j', (body) => {
    expect(service('{ secrets: ["*"], networks: ["*"] }', body)).toBeDefined();
  });

  it('is held to the same users, drops, options and limits as a container', () => {
    expect(spec('{ users: ["1000"] }', {})).toBeDefined();
    expect(spec('{ users: ["1000"] }', { User: '1000' })).toBeUndefined();
    expect(spec('{ required-drops: [ALL] }', {})).toBeDefined();
    const needs = '{ required-security-options: [no-new-privileges] }';
    expect(spec(needs, {})).toBeDefined();
    expect(spec(needs, { Privileges: {} })).toBeDefined();
    expect(
      spec(needs, {
        Privileges: {
          NoNewPrivileges: true,
          AppArmor: { Mode: 'default' },
          SELinuxContext: { Disable: false, User: '' },
        },
      }),
    ).toBeUndefined();
    const held = '{ resources: { memory: 1m, cpus: 1, pids: 10 } }';
    const limits = (Limits: object): string | undefined =>
      service(held, { TaskTemplate: { Resources: { Limits } } });
    const plain = { MemoryBytes: 1024, NanoCPUs: 1e9, Pids: 10 };
    expect(limits(plain)).toBeUndefined();
    expect(service(held, {})).toBe('TaskTemplate.Resources.Limits');
    for (const over of [{ MemoryBytes: 2 ** 21 }, { NanoCPUs: 2e9 }, { Pids: 11 }]) {
      expect(limits({ ...plain, ...over })).toBe('TaskTemplate.Resources.Limits');
    }
  });

  it('is not rolled back to what nobody sees, unless that is allowed', () => {
    const call = 'POST /services/x/update?rollback=previous';
    expect(refusedField('{}', call, { body: {} })).toBe('rollback');
    expect(refusedField('{ features: [rollback] }', call, { body: {} })).toBeUndefined();
    expect(refusedField('{}', 'POST /services/x/update?version=1', { body: {} })).toBeUndefined();
  });

  it('has secrets and configs without drivers', () => {
    const make = (constraints: string, kind: string, body: object): string | undefined =>
      refusedField(constraints, `POST /${kind}/create`, { body });
    expect(make('{ secrets: [mine] }', 'secrets', { Name: 'mine', Data: 'eA==' })).toBeUndefined();
    expect(make('{ secrets: [mine] }', 'configs', { Name: 'mine', Labels: {} })).toBeUndefined();
    expect(make('{}', 'secrets', { Name: 'mine' })).toBe('Name');
    expect(make('{}', 'secrets', { Driver: { Name: 'x' } })).toBe('Driver');
    expect(make('{}', 'configs', { Templating: { Name: 'x' } })).toBe('Templating');
  });
});

describe('a build', () => {
  const build = (constraints: string, query: string, facts = [network('n', 'web')]) =>
    refusedField(constraints, `POST /build?${query}`, { facts });
  const json = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

  it('may say what it builds', () => {
    const query =
      't=app&dockerfile=x&rm=1&networkmode=default&memory=5&q=1&pull=1&remote=client-session';
    expect(build('{}', query)).toBeUndefined();
    expect(
      build('{}', `buildargs=${json({ A: 'b' })}&version=2&session=x&buildid=x`),
    ).toBeUndefined();
    expect(build('{}', `outputs=${json([{ Type: 'moby', Attrs: {} }])}`)).toBeUndefined();
  });

  it.each([
    ['{ namespaces: ["network=host"] }', 'networkmode=host'],
    ['{ networks: [web] }', 'networkmode=n'],
    ['{ build-contexts: ["https://git.example/*"] }', 'remote=https://git.example/x.git'],
    ['{ cgroup-parents: ["/x"] }', 'cgroupparent=/x'],
    ['{ features: [extra-hosts] }', 'extrahosts=x:192.0.2.1'],
    ['{ labels: ["*"] }', undefined],
    ['{ ulimits: [rtprio] }', `ulimits=${json([{ Name: 'rtprio', Hard: 1, Soft: 1 }])}`],
    ['{ features: [build-outputs] }', `outputs=${json([{ Type: 'local', Attrs: {} }])}`],
    [
      '{ features: [build-outputs] }',
      `outputs=${json([{ Type: 'moby', Attrs: { push: 'true' } }])}`,
    ],
  ])('may have with %s what it may not have without: %s', (setting, query) => {
    if (query === undefined) {
      expect(build('{ labels: [a] }', `labels=${json({ b: 'c' })}`)).toBe('labels["b"]');
      expect(build(setting, `labels=${json({ b: 'c' })}`)).toBeUndefined();
      return;
    }
    expect(build('{}', query)).toBeDefined();
    expect(build(setting, query)).toBeUndefined();
  });

  it('joins a container by its whole id only: the query goes up as it is', () => {
    const id = '4f'.repeat(32);
    const held = '{ joins: { names: [db] } }';
    const join = (ref: string): string | undefined =>
      refusedField(held, `POST /build?networkmode=container:${ref}`, {
        facts: [{ ...container(ref, { name: 'db' }), id }],
      });
    expect(join(id)).toBeUndefined();
    expect(join('db')).toBe('networkmode');
    expect(join('4f')).toBe('networkmode');
  });

  it('is on a network by its whole id, or by a name that could be no id', () => {
    const id = '4f'.repeat(32);
    const on = (ref: string): string | undefined =>
      refusedField('{ networks: [web, fee] }', `POST /build?networkmode=${ref}`, {
        facts: [{ ...network(ref, ref === 'fee' ? 'fee' : 'web'), id }],
      });
    expect(on('web')).toBeUndefined();
    expect(on(id)).toBeUndefined();
    expect(on('4f4f')).toBe('networkmode');
    expect(on('fee')).toBe('networkmode');
  });

  it.each([
    ['buildid', 'buildid=upload-request:victim'],
    ['securityopt', 'securityopt=seccomp=unconfined'],
    ['odd', 'odd=1'],
    ['networkmode', 'networkmode=container:victim'],
    ['remote', 'remote=http://169.254.169.254/'],
  ])('may not have %s', (field, query) => {
    expect(build('{}', query)).toBe(field);
  });

  it('is under names that are allowed', () => {
    expect(build('{ images: ["team/*"] }', 't=team/app&t=team/b:1')).toBeUndefined();
    expect(build('{ images: ["team/*"] }', 't=busybox')).toBe('t');
    expect(build('{ images: ["team/*"] }', 't=Odd')).toBe('t');
    expect(build('{ images: ["app:latest"] }', 't=app')).toBeUndefined();
    const named = (name: string): string =>
      `outputs=${json([{ Type: 'moby', Attrs: { name } }])}&t=team/app`;
    expect(build('{ images: ["team/*"] }', named('team/b,team/c'))).toBeUndefined();
    expect(build('{ images: ["team/*"] }', named('team/b,busybox'))).toBe('t');
  });

  it('takes its cache from registries that are allowed', () => {
    const query = `cachefrom=${json(['app', 'evil.example/x:1'])}`;
    expect(build('{ registries: [docker.io] }', query)).toBe('cachefrom');
    expect(build('{ registries: [docker.io, evil.example] }', query)).toBeUndefined();
    expect(build('{}', query)).toBeUndefined();
  });
});

describe('a call that the daemon answers by calling others', () => {
  const REG = '{ registries: [reg.example] }';

  it.each([
    ['POST /images/create?fromImage=reg.example/a&tag=1', undefined],
    ['POST /images/create?fromImage=evil.example/a', 'fromImage'],
    ['POST /images/reg.example/a/push', undefined],
    ['POST /images/evil.example/a/push', 'name'],
    ['POST /images/Odd/push', 'name'],
    ['GET /images/search?term=reg.example/a', undefined],
    ['GET /images/search?term=evil.example/a', 'term'],
    ['GET /images/search?term=localhost/a', 'term'],
    ['GET /images/search?term=library/a', 'term'],
    ['GET /images/search?term=a', 'term'],
    ['GET /images/search', 'term'],
    ['GET /distribution/reg.example/a/json', undefined],
    ['GET /distribution/a/json', 'name'],
    ['GET /plugins/privileges?remote=reg.example/a', undefined],
    ['GET /plugins/privileges?remote=evil/a', 'remote'],
    ['GET /plugins/privileges', 'remote'],
    ['POST /plugins/evil/push', 'name'],
    ['POST /images/x/tag?repo=reg.example/a', undefined],
    ['POST /images/x/tag?repo=evil.example/a', 'repo'],
    ['POST /images/x/tag', undefined],
  ])('%s is held to registries: %s', (call, field) => {
    expect(refusedField(REG, call)).toBe(field);
    expect(refusedField('{}', call)).toBeUndefined();
  });

  it('as a login is held to registries', () => {
    const login = (body: object, constraints = REG): string | undefined =>
      refusedField(constraints, 'POST /auth', { body });
    const rest = { username: 'a', password: 'b', auth: 'c', email: 'd', identitytoken: 'e' };
    expect(login({ ...rest, serveraddress: 'reg.example' })).toBeUndefined();
    expect(login({ serveraddress: 'https://reg.example/v2/', registrytoken: 'x' })).toBeUndefined();
    expect(login({ serveraddress: 'http://169.254.169.254' })).toBe('serveraddress');
    expect(login({})).toBe('serveraddress');
    const hub = '{ registries: [docker.io] }';
    expect(login({ serveraddress: 'https://index.docker.io/v1/' }, hub)).toBeUndefined();
    expect(login({ serveraddress: 'http://x' }, '{}')).toBeUndefined();
  });

  it.each(['Reg.Example', 'reg.example:443', 'REG.EXAMPLE:443'])(
    'is held to registries and images by whom it reaches, however that is written: %s',
    (host) => {
      expect(refusedField(REG, `POST /images/${host}/a/push`)).toBeUndefined();
      const held = '{ images: ["reg.example/**"] }';
      expect(refusedField(held, `POST /images/create?fromImage=${host}/a`)).toBeUndefined();
      const login = { body: { serveraddress: `https://${host}/v2/` } };
      expect(refusedField(REG, 'POST /auth', login)).toBeUndefined();
      const upper = '{ registries: [REG.example] }';
      expect(refusedField(upper, `POST /images/${host}/a/push`)).toBeUndefined();
    },
  );

  it('as a tag lends an allowed name to none but an allowed image', () => {
    const held = '{ images: ["app:*"] }';
    const tag = (name: string, facts: readonly TargetFacts[] = []): string | undefined =>
      refusedField(held, `POST /images/${name}/tag?repo=app&tag=1`, { facts });
    const ID = 'cafe';
    const image = (...names: readonly string[]) => [{ kind: 'image', ref: ID, names } as const];
    expect(tag('app:2')).toBeUndefined();
    expect(tag('secret')).toBe('name');
    expect(tag(ID)).toBe('name');
    expect(tag(ID, image('app:2'))).toBeUndefined();
    expect(tag(ID, image('app:2', 'secret:1'))).toBe('name');
  });

  it.each(['POST /commit?container=web&repo=a', 'POST /images/create?fromSrc=-&repo=a'])(
    'as %s changes neither users nor labels that are held',
    (call) => {
      const facts = [container('web')];
      const change = (constraints: string, text: string): string | undefined =>
        refusedField(constraints, `${call}&changes=${encodeURIComponent(text)}`, {
          facts,
          ...(call.includes('/commit') && { body: {} }),
        });
      const odd = ['LABEL team=db', 'user 0', 'ONBUILD LABEL a=b', 'CMD x\nLABEL a=b', 'LA\\'];
      for (const held of ['{ labels: [app.*] }', '{ users: ["1000"] }']) {
        for (const text of odd) expect(change(held, text), text).toBe('changes');
        expect(change(held, 'ENV A=b')).toBeUndefined();
        expect(change(held, 'CMD ["a", "b"]')).toBeUndefined();
        expect(change(held, 'env A=b')).toBeUndefined();
      }
      for (const text of odd) {
        expect(change('{ device-drivers: [nvidia] }', text), text).toBeUndefined();
      }
    },
  );

  describe.each(['POST /commit?container=web&repo=a', 'POST /images/create?fromSrc=-&repo=a'])(
    'as %s',
    (call) => {
      const changed = (constraints: string, ...changes: readonly string[]): string | undefined =>
        refusedField(
          constraints,
          [call, ...changes.map((text) => `changes=${encodeURIComponent(text)}`)].join('&'),
          { facts: [container('web')], ...(call.includes('/commit') && { body: {} }) },
        );

      it.each([
        ['ENV NVIDIA_VISIBLE_DEVICES=all'],
        ['ENV NVIDIA_VISIBLE_DEVICES all'],
        ['env\tnvidia_driver_capabilities=all'],
        ['ENV A=1 NVIDIA_VISIBLE_DEVICES=all'],
        ['ENV A="1 2" NVIDIA_VISIBLE_DEVICES=all'],
        ["ENV A='1' B=2\tCUDA_VERSION=10"],
        ['ENV DOCKER_RESOURCE_GPU=0'],
        // A space to Go alone.
        ['ENV A=1\u0085NVIDIA_VISIBLE_DEVICES=all'],
        ['\u0085ENV NVIDIA_VISIBLE_DEVICES=all'],
        [' ENV NVIDIA_VISIBLE_DEVICES=all'],
        // Quotes, escapes and variables in a name.
        ['ENV NVI"DIA"_VISIBLE_DEVICES=all'],
        ['ENV "NVIDIA_VISIBLE_DEVICES"=all'],
        ['ENV NVIDIA\\_VISIBLE_DEVICES=all'],
        ['ENV ${N}_VISIBLE_DEVICES=all'],
        ['ENV N=NVIDIA ${N}_VISIBLE_DEVICES=all'],
        ['ENV ["NVIDIA_VISIBLE_DEVICES=all"]'],
        ['ENV A=\\" NVIDIA_VISIBLE_DEVICES=all B=\\"'],
        // Several lines, or several changes that are one.
        ['CMD x\nENV NVIDIA_VISIBLE_DEVICES=all'],
        ['CMD x\r\nENV NVIDIA_VISIBLE_DEVICES=all'],
        ['ENV A=1 \\\n NVIDIA_VISIBLE_DEVICES=all'],
        ['ENV A=1 \\', 'NVIDIA_VISIBLE_DEVICES=all'],
        ['ENV \\ ', 'NVIDIA_VISIBLE_DEVICES=all'],
        ['LABEL a=b \\', 'ENV NVIDIA_VISIBLE_DEVICES=all'],
        ['# escape=`', 'CMD x `', 'ENV NVIDIA_VISIBLE_DEVICES=all'],
        ['RUN true'],
        [''],
      ])('asks for no devices: %j %j %j', (...changes) => {
        expect(changed('{}', ...changes)).toBe('changes');
        expect(changed('{ device-drivers: [nvidia] }', ...changes)).toBeUndefined();
      });

      it.each([
        ['ENV A=1 B.c-d="x y" E=\'NVIDIA_VISIBLE_DEVICES=all\' F='],
        ['ENV PATH=$PATH:/opt/bin LANG=C.UTF-8 '],
        ['env A NVIDIA_VISIBLE_DEVICES=all'],
        ['ENV MY_NVIDIA_X=1'],
        ['CMD ["sh", "-c", "echo \\"hi\\""]'],
        ['LABEL a="b c"', 'USER 0', 'ONBUILD RUN x', 'expose 80'],
      ])('changes the rest: %j', (...changes) => {
        expect(changed('{}', ...changes)).toBeUndefined();
      });
    },
  );

  it('as an import fetches what it may', () => {
    const call = 'POST /images/create?fromSrc=';
    expect(refusedField('{}', `${call}-`)).toBeUndefined();
    expect(refusedField('{}', `${call}http://internal`)).toBe('fromSrc');
    expect(refusedField('{}', 'POST /images/create')).toBe('fromSrc');
    const held = '{ images: [app], import-sources: ["*"] }';
    expect(refusedField(held, `${call}-&repo=evil`)).toBe('repo');
    expect(refusedField(held, `${call}-&repo=app`)).toBeUndefined();
    const sources = '{ import-sources: ["https://files.example/*"] }';
    expect(refusedField(sources, `${call}https://files.example/a.tar`)).toBeUndefined();
  });

  it('as an archive of images is refused where images are told apart', () => {
    expect(refusedField('{ images: ["**"] }', 'POST /images/load')).toBe('the body');
    expect(refusedField('{}', 'POST /images/load')).toBeUndefined();
  });

  it('keeps credentials of an address out of the message', () => {
    const url = 'https://bob:hunter2@evil.example/x';
    const policy = constrained('{ registries: [reg.example] }');
    for (const call of [`POST /build?remote=${url}`, `POST /images/create?fromSrc=${url}`]) {
      expect(refusal(policy, call)).toMatch(/what the daemon would fetch is not allowed/);
      expect(refusal(policy, call)).not.toContain('hunter2');
    }
    const login = refusal(policy, 'POST /auth', { body: { serveraddress: url } });
    expect(login).toContain('"evil.example"');
    expect(login).not.toContain('hunter2');
  });

  it('as a commit is held to images, and to what a container may be', () => {
    const call = 'POST /commit?container=x&repo=evil';
    expect(refusedField('{ images: [app] }', call, { body: {} })).toBe('repo');
    expect(refusedField('{}', call, { body: { User: '', Env: ['A=b'] } })).toBeUndefined();
    expect(refusedField('{}', 'POST /commit?container=x', { body: {} })).toBeUndefined();
    expect(refusedField('{ users: ["5"] }', call, { body: { User: 'root' } })).toBe('User');
  });
});

describe('processes', () => {
  it('are listed without environments', () => {
    const top = (query: string, constraints = '{}'): string | undefined =>
      refusedField(constraints, `GET /containers/x/top${query}`);
    expect(top('')).toBeUndefined();
    expect(top('?ps_args=aux')).toBeUndefined();
    expect(top('?ps_args=axe')).toBe('ps_args');
    expect(top('?ps_args=eww')).toBe('ps_args');
    expect(top('?ps_args=eww', '{ ps-args: [eww] }')).toBeUndefined();
  });
});

describe('an action on the host', () => {
  it.each([
    ['POST /swarm/init', {}],
    ['POST /containers/x/start?checkpoint-dir=/etc&checkpoint=a', undefined],
    ['GET /containers/x/checkpoints?dir=/', undefined],
    ['POST /plugins/pull?remote=x', []],
    ['GET /swarm', undefined],
  ])('is refused to a constrained role: %s', (call, body) => {
    expect(refusedField('{}', call, body === undefined ? {} : { body })).toMatch(/^[a-z]+\.[a-z]+/);
  });
});

describe('a table of checks', () => {
  it('refuses what it has no line for', () => {
    const on = { violations: [] } as unknown as Inspection;
    const nothing: FieldChecks<{ a?: number; b?: number }> = {} as never;
    fields(nothing)({ a: 1 }, { path: 'X', on });
    fields(nothing)({}, { path: '', on });
    expect(on.violations.map(({ field }) => field)).toEqual(['X.a']);
  });
});

describe('a size', () => {
  it.each([
    ['512m', 512 * 1024 ** 2],
    ['1.5G', 1.5 * 1024 ** 3],
    ['2 GiB', 2 * 1024 ** 3],
    ['10kb', 10 * 1024],
    [4096, 4096],
    ['0', undefined],
    ['-1', undefined],
    ['9999999999t', undefined],
    ['m', undefined],
  ])('%s is %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});

describe('the images of a constrained role', () => {
  const policy = constrained('{ images: ["reg.example/app:1.*"] }');

  it('are named with tag and digest where they are refused, and with what a policy could say', () => {
    const pull = (image: string) => decide(policy, `POST /images/create?fromImage=${image}`);
    expect(pull('reg.example/app&tag=2')).toMatchObject({
      reason: expect.stringContaining('the image "reg.example/app:2" is not allowed') as string,
      needed: '"constraints: images" with "reg.example/app:2"',
    });
    const digest = `sha256:${'ab'.repeat(32)}`;
    expect(pull(`reg.example/app@${digest}`)).toMatchObject({
      reason: expect.stringContaining(`the image "reg.example/app@${digest}"`) as string,
      needed: '"constraints: images" with "reg.example/app"',
    });
  });

  it('are looked up where one gets another name', () => {
    const operation = operationOf('POST /images/cafe/tag?repo=reg.example/app&tag=1.1');
    const references = (text: string): unknown =>
      constrained(text).references({ caller: ALICE, operation });
    expect(references('{ images: [x] }')).toEqual([{ kind: 'image', ref: 'cafe', from: 'path' }]);
    expect(references('{}')).toEqual([]);
  });
});
