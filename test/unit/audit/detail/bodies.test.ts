import { describe, expect, it } from 'vitest';
import { describeBody, isDescribed, type BodyOf } from '../../../../src/audit/detail/bodies.ts';
import { describeQuery } from '../../../../src/audit/detail/queries.ts';
import type { DetailLevel } from '../../../../src/audit/detail/values.ts';
import { isBodyAction } from '../../../../src/docker-api/body/bodies.ts';
import { readBody } from '../../../../src/docker-api/body/read-body.ts';
import { readOperation } from '../../../../src/docker-api/operation.ts';
import { readVersion } from '../../../../src/docker-api/version.ts';

/** What the trail tells of a body, read as the daemon reads it. */
function detailOf(action: string, body: unknown, level: DetailLevel = 'standard'): object {
  if (!isBodyAction(action)) throw new Error(action);
  const { view } = readBody(action, readVersion('1.47'), Buffer.from(JSON.stringify(body)));
  const detail = describeBody({ action, view } as BodyOf, level) ?? {};
  // As it is written.
  return JSON.parse(JSON.stringify(detail)) as object;
}

const CREATE = {
  Image: 'auth-service:1.2',
  Entrypoint: ['/bin/sh', '-c'],
  Cmd: ['run --token s3cret'],
  Env: ['TOKEN=s3cret', 'DEBUG'],
  Labels: { 's3cret-label': 's3cret' },
  User: '0:0',
  Tty: true,
  Volumes: { '/data': {} },
  HostConfig: {
    Privileged: true,
    Binds: ['/run/secrets:/run/secrets:ro'],
    Mounts: [{ Type: 'bind', Source: '/', Target: '/host', ReadOnly: true }],
    VolumesFrom: ['db'],
    NetworkMode: 'host',
    PortBindings: {
      '80/tcp': [
        { HostIp: '127.0.0.1', HostPort: '8080' },
        { HostIp: '::1', HostPort: '8080' },
      ],
      '53/udp': [{ HostPort: '53' }],
    },
    CapAdd: ['SYS_ADMIN'],
    CapDrop: ['ALL'],
    Devices: [{ PathOnHost: '/dev/kmsg', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' }],
    PidMode: 'host',
    IpcMode: 'host',
    SecurityOpt: ['seccomp=unconfined'],
    LogConfig: { Type: 'splunk', Config: { 'splunk-token': 's3cret' } },
    AutoRemove: true,
  },
};

describe('a create of a container', () => {
  it('tells what the container can do, and to whom', () => {
    expect(detailOf('container.create', CREATE)).toEqual({
      image: 'auth-service:1.2',
      entrypoint: ['/bin/sh', '-c'],
      cmd: ['run --token ***'],
      env: ['TOKEN', 'DEBUG'],
      user: '0:0',
      tty: true,
      volumes: ['/data'],
      privileged: true,
      binds: ['/run/secrets:/run/secrets:ro'],
      mounts: [{ type: 'bind', source: '/', target: '/host', read_only: true }],
      volumes_from: ['db'],
      network_mode: 'host',
      published: ['127.0.0.1:8080->80/tcp', '[::1]:8080->80/tcp', '53->53/udp'],
      cap_add: ['SYS_ADMIN'],
      cap_drop: ['ALL'],
      devices: ['/dev/kmsg:/dev/x:rwm'],
      pid_mode: 'host',
      ipc_mode: 'host',
      security_opt: ['seccomp=unconfined'],
      auto_remove: true,
      log_driver: 'splunk',
      log_options: ['splunk-token'],
    });
  });

  it('tells what else a policy may have something to say of, of settings the names only', () => {
    expect(
      detailOf('container.create', {
        Image: 'x',
        HostConfig: {
          ...{ NetworkMode: 'web', RestartPolicy: { Name: 'always' }, Links: ['db:sql'] },
          ...{ GroupAdd: ['27'], Dns: ['192.0.2.1'], DnsSearch: ['example.org'] },
          ...{ ExtraHosts: ['db:192.0.2.2'], Sysctls: { 'net.core.somaxconn': 's3cret' } },
          ...{ Ulimits: [{ Name: 'rtprio', Hard: 1 }], CgroupParent: '/x' },
          ...{ StorageOpt: { size: 's3cret' }, Annotations: { note: 's3cret' } },
        },
        NetworkingConfig: { EndpointsConfig: { web: { Aliases: ['www'] }, back: {} } },
      }),
    ).toEqual({
      ...{ image: 'x', network_mode: 'web', restart: 'always', links: ['db:sql'] },
      ...{ group_add: ['27'], dns: ['192.0.2.1', 'example.org'], extra_hosts: ['db:192.0.2.2'] },
      ...{ sysctls: ['net.core.somaxconn'], ulimits: ['rtprio'], cgroup_parent: '/x' },
      ...{ storage_options: ['size'], annotations: ['note'], networks: ['back'], aliases: ['www'] },
    });
    expect(
      detailOf('container.create', { Image: 'x', HostConfig: { RestartPolicy: { Name: 'no' } } }),
    ).toEqual({ image: 'x' });
  });

  it('leaves out what has its default', () => {
    expect(detailOf('container.create', { Image: 'x' })).toEqual({ image: 'x' });
    expect(detailOf('container.create', { Image: 'x', HostConfig: null, Cmd: null })).toEqual({
      image: 'x',
    });
  });

  it('shows commands in full, masked or not at all, as the level says, and nothing else differently', () => {
    const commands = { entrypoint: ['/bin/sh', '-c'], cmd: ['run --token s3cret'] };
    const minimal = detailOf('container.create', CREATE, 'minimal');
    expect(minimal).not.toHaveProperty('cmd');
    expect(minimal).not.toHaveProperty('entrypoint');
    expect(JSON.stringify(minimal)).not.toContain('s3cret');
    expect(detailOf('container.create', CREATE, 'full')).toEqual({ ...minimal, ...commands });
    expect(detailOf('container.create', CREATE)).toEqual({
      ...minimal,
      ...commands,
      cmd: ['run --token ***'],
    });
  });
});

describe('other bodies', () => {
  it.each<[string, object, object]>([
    [
      'exec.create',
      {
        Cmd: ['ls'],
        Env: ['A=s3cret'],
        User: 'root',
        WorkingDir: '/',
        Tty: true,
        Privileged: true,
      },
      { cmd: ['ls'], env: ['A'], user: 'root', workdir: '/', tty: true, privileged: true },
    ],
    ['exec.start', { Detach: true }, { detach: true }],
    [
      'image.commit',
      { Cmd: ['x'], Env: ['A=s3cret'], User: 'u' },
      { cmd: ['x'], env: ['A'], user: 'u' },
    ],
    [
      'volume.create',
      {
        Name: 'v',
        Driver: 'local',
        DriverOpts: { type: 'cifs', device: '//u:s3cret@h/s', o: 'password=s3cret' },
      },
      { name: 'v', driver: 'local', driver_opts: ['type', 'device', 'o'] },
    ],
    [
      'network.create',
      { Name: 'n', Driver: 'bridge', Internal: true, Options: { a: 's3cret' } },
      { name: 'n', driver: 'bridge', internal: true },
    ],
    ['network.connect', { Container: 'web' }, { container: 'web' }],
    ['network.disconnect', { Container: 'web', Force: true }, { container: 'web', force: true }],
    [
      'registry.login',
      { username: 's3cret', password: 's3cret', serveraddress: 'reg.io' },
      { server: 'reg.io' },
    ],
    ['secret.create', { Name: 'db', Data: 'czNjcmV0' }, { name: 'db' }],
    ['config.create', { Name: 'db', Data: 'czNjcmV0' }, { name: 'db' }],
    [
      'swarm.init',
      {
        ListenAddr: '0.0.0.0:2377',
        AdvertiseAddr: '10.0.0.1',
        Spec: {
          EncryptionConfig: { AutoLockManagers: true },
          CAConfig: { SigningCAKey: 's3cret' },
        },
      },
      { listen: '0.0.0.0:2377', advertise: '10.0.0.1', autolock: true },
    ],
    [
      'swarm.join',
      { ListenAddr: 'l', RemoteAddrs: ['10.0.0.1:2377'], JoinToken: 's3cret' },
      { listen: 'l', remotes: ['10.0.0.1:2377'] },
    ],
    [
      'service.create',
      {
        Name: 'api',
        EndpointSpec: { Ports: [{ PublishedPort: 80, TargetPort: 8080 }] },
        TaskTemplate: {
          ContainerSpec: {
            Image: 'app:1',
            Command: ['run'],
            Args: ['--password', 's3cret'],
            Env: ['A=s3cret'],
            Mounts: [{ Type: 'bind', Source: '/', Target: '/host' }],
            Secrets: [{ SecretName: 'db' }],
          },
          Networks: [{ Target: 'net' }],
        },
      },
      {
        name: 'api',
        published: ['80->8080/tcp'],
        networks: ['net'],
        image: 'app:1',
        command: ['run'],
        args: ['--password', '***'],
        env: ['A'],
        mounts: [{ type: 'bind', source: '/', target: '/host' }],
        secrets: ['db'],
      },
    ],
  ])('%s', (action, body, detail) => {
    expect(isDescribed(action)).toBe(true);
    expect(detailOf(action, body)).toMatchObject(detail);
    expect(JSON.stringify(detailOf(action, body))).not.toMatch(/s3cret|czNjcmV0/);
  });

  it('that hold nothing but secrets or limits are not described, nor read for that', () => {
    for (const action of ['swarm.unlock', 'swarm.update', 'plugin.set', 'container.update']) {
      expect(isDescribed(action)).toBe(false);
    }
  });
});

describe('a query', () => {
  const detail = (method: string, target: string): unknown =>
    JSON.parse(JSON.stringify(describeQuery(readOperation(method, target)) ?? null));
  it.each([
    ['POST', '/images/create?fromImage=auth&tag=2', { image: 'auth:2' }],
    ['POST', '/images/reg.io/app/push?tag=2', { image: 'reg.io/app:2' }],
    ['POST', '/images/app/tag?repo=reg.io/app&tag=2', { image: 'reg.io/app:2' }],
    ['POST', '/commit?container=web&repo=app&tag=2', { image: 'app:2' }],
    ['GET', '/containers/web/archive?path=/etc/passwd', { path: '/etc/passwd' }],
    ['PUT', '/containers/web/archive?path=/', { path: '/' }],
    ['GET', '/info', null],
    [
      'POST',
      `/build?t=a:1&t=b&dockerfile=D&remote=https://u:s3cret@h/r&version=2&buildargs=${encodeURIComponent('{"TOKEN":"s3cret"}')}`,
      {
        image: 'a:1',
        tags: ['a:1', 'b'],
        builder: 'buildkit',
        dockerfile: 'D',
        remote: 'https://***@h/r',
        build_args: ['TOKEN'],
      },
    ],
    ['POST', '/build?buildargs=s3cret', null],
  ])('%s %s tells %j', (method, target, expected) => {
    expect(detail(method, target)).toEqual(expected);
  });
});
