import { describe, expect, it } from 'vitest';
import { BODIES, isBodyAction, type BodyAction } from '../../../../src/docker-api/body/bodies.ts';
import { readBody } from '../../../../src/docker-api/body/read-body.ts';
import { ROUTES } from '../../../../src/docker-api/routes.ts';
import { readVersion } from '../../../../src/docker-api/version.ts';
import { refusalOf } from '../../helpers/refusal.ts';

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const read = <A extends BodyAction>(action: A, version: string | undefined, body: Buffer) =>
  readBody(action, version === undefined ? undefined : readVersion(version), body);
const reasonOf = (action: BodyAction, value: unknown): string =>
  refusalOf(() => read(action, '1.43', bytes(value))).message;

describe('the body of a call', () => {
  it('is read for actions that the daemon has a route for', () => {
    const actions = new Set<string>(ROUTES.map((route) => route.action));
    expect(Object.keys(BODIES).filter((action) => !actions.has(action))).toEqual([]);
    expect(isBodyAction('container.create')).toBe(true);
    expect(isBodyAction('container.list')).toBe(false);
    expect(isBodyAction('toString')).toBe(false);
  });

  it.each(['container.create', 'registry.login'] as const)('has to be there: %s', (action) => {
    const { code } = refusalOf(() => read(action, '1.43', Buffer.from(' ')));
    expect(code).toBe('REQUEST_AMBIGUOUS');
  });

  it('may be empty or null where the daemon takes that for nothing', () => {
    for (const text of ['', ' \n', 'null', '{}']) {
      expect(read('exec.start', '1.43', Buffer.from(text))).toEqual({
        view: {},
        unknownFields: [],
      });
    }
    expect(read('plugin.install', '1.43', Buffer.from('')).view).toBeNull();
  });
});

describe('the body of a container create', () => {
  it('shows everything that gives power over the host', () => {
    const body = {
      Image: 'alpine',
      Env: ['A=1'],
      HostConfig: {
        Privileged: true,
        Binds: ['/:/host'],
        Mounts: [
          {
            Type: 'volume',
            Target: '/x',
            VolumeOptions: { DriverConfig: { Name: 'local', Options: { device: '/', o: 'bind' } } },
          },
          { Type: 'bind', Source: '/', BindOptions: { Propagation: 'rshared' } },
        ],
        CapAdd: ['ALL'],
        Devices: [{ PathOnHost: '/dev/sda' }],
        DeviceRequests: [{ Driver: 'cdi', Count: -1, Capabilities: [['gpu']] }],
        DeviceCgroupRules: ['a *:* rwm'],
        SecurityOpt: ['seccomp=unconfined'],
        MaskedPaths: [],
        ReadonlyPaths: null,
        PidMode: 'host',
        PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '80' }] },
        LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'unix:///run/x' } },
      },
      NetworkingConfig: { EndpointsConfig: { net: { Aliases: ['db'] }, other: null } },
    };
    const { view, unknownFields } = read('container.create', '1.51', bytes(body));
    const { ReadonlyPaths, ...hostConfig } = body.HostConfig;
    expect(ReadonlyPaths).toBeNull();
    expect(view).toEqual({ ...body, HostConfig: hostConfig });
    expect(unknownFields).toEqual([]);
    expect(view.HostConfig?.Mounts?.[1]?.BindOptions?.Propagation).toBe('rshared');
  });

  it.each(['Privileged', 'binds', 'MEMORY', 'CapAdd', 'Devices', 'Cpuset', 'Capabilities'])(
    'is refused with a field of HostConfig at the top, where old daemons read it: %s',
    (field) => {
      const reason = reasonOf('container.create', { Image: 'x', [field]: null });
      expect(reason).toContain('a field that daemons read differently');
    },
  );

  it.each(['MaskedPaths', 'readonlypaths', 'Binds', 'CapAdd'])(
    'is refused with an empty list of it too, since one of paths unmasks them: %s',
    (field) => {
      const reason = reasonOf('container.create', { Image: 'x', [field]: [] });
      expect(reason).toContain('a field that daemons read differently');
    },
  );

  it('may have VolumesFrom at the top, as an empty list, which takes from nobody', () => {
    const { view } = read('container.create', '1.51', bytes({ Image: 'x', volumesFrom: [] }));
    expect(view).toEqual({ Image: 'x' });
    expect(reasonOf('container.create', { Image: 'x', VolumesFrom: ['y'] })).toContain('daemons');
    expect(reasonOf('container.create', { Image: 'x', VolumesFrom: null })).toContain('daemons');
  });

  it('is refused with two spellings of one port', () => {
    for (const other of ['80', '80/TCP', '0080/tcp', '80/']) {
      const ports = { '80/tcp': [], [other]: [] };
      expect(reasonOf('container.create', { HostConfig: { PortBindings: ports } })).toContain(
        'holds a key twice',
      );
    }
    const ports = { '80/tcp': {}, '80/udp': {}, '8080/tcp': {}, '0/tcp': {}, '': {} };
    const { view } = read('container.create', '1.51', bytes({ ExposedPorts: ports }));
    expect(view).toEqual({ ExposedPorts: ports });
    expect(reasonOf('container.create', { ExposedPorts: { ...ports, '00': {} } })).toContain(
      'holds a key twice',
    );
  });

  it.each([
    ['1.40', []],
    ['1.51', []],
    [undefined, []],
    ['1.52', ['/MacAddress', '/HostConfig/Capabilities']],
    ['1.60', ['/MacAddress', '/HostConfig/Capabilities']],
    ['2.0', ['/MacAddress', '/HostConfig/Capabilities']],
  ])('of version %s does not know %j', (version, unknown) => {
    const body = { MacAddress: '02:42:ac:11:00:02', HostConfig: { Capabilities: ['ALL'] } };
    const { view, unknownFields } = read('container.create', version, bytes(body));
    expect(unknownFields).toEqual(unknown);
    expect(view).toEqual(unknown.length === 0 ? body : { HostConfig: {} });
  });

  it('takes a command that is one string, as older daemons do', () => {
    const { view } = read('container.create', '1.41', bytes({ Cmd: 'ls', Entrypoint: ['sh'] }));
    expect(view).toEqual({ Cmd: ['ls'], Entrypoint: ['sh'] });
  });
});

describe('the bodies of other calls', () => {
  it('have Resources at the top in a container update', () => {
    const body = { Memory: 1, PidsLimit: 0, RestartPolicy: { Name: 'always' }, Devices: [] };
    expect(read('container.update', '1.43', bytes(body)).view).toEqual(body);
    const { unknownFields } = read(
      'container.update',
      '1.43',
      bytes({ HostConfig: { Memory: 1 }, Binds: [] }),
    );
    expect(unknownFields).toEqual(['/HostConfig', '/Binds']);
  });

  it('are all unknown at a container start', () => {
    const { unknownFields } = read('container.start', '1.43', bytes({ Privileged: true }));
    expect(unknownFields).toEqual(['/Privileged']);
  });

  it.each([
    ['exec.create', { Cmd: ['sh'], Privileged: true, ConsoleSize: [24, 80], WorkingDir: '/' }],
    ['exec.start', { Detach: true, Tty: false }],
    ['image.commit', { Env: ['A=1'], Cmd: ['x'], User: 'root' }],
    ['volume.create', { Name: 'v', DriverOpts: { type: 'none', o: 'bind', device: '/' } }],
    ['network.create', { Name: 'n', Driver: 'macvlan', Options: { parent: 'eth0' } }],
    ['network.connect', { Container: 'victim', EndpointConfig: { Aliases: ['db'] } }],
    ['network.disconnect', { Container: 'victim', Force: true }],
    ['plugin.set', ['mount.source=/']],
    ['plugin.upgrade', [{ Name: 'network', Description: '', Value: ['host'] }]],
    ['swarm.init', { ListenAddr: '0.0.0.0:2377', Spec: { CAConfig: { SigningCAKey: 'k' } } }],
    ['swarm.join', { RemoteAddrs: ['198.51.100.1:2377'], JoinToken: 't' }],
    ['node.update', { Role: 'manager', Labels: {} }],
    ['secret.create', { Name: 's', Data: 'c2VjcmV0' }],
    ['registry.login', { username: 'u', password: 'p', serveraddress: 'http://169.254.169.254' }],
  ] as const)('are shown as they are: %s', (action, body) => {
    expect(read(action, '1.43', bytes(body))).toEqual({ view: body, unknownFields: [] });
  });

  it('show what a service mounts and may do', () => {
    const body = {
      Name: 'web',
      TaskTemplate: {
        ContainerSpec: {
          Image: 'x',
          Mounts: [{ Type: 'bind', Source: '/' }],
          Privileges: { Seccomp: { Mode: 'unconfined', Profile: 'e30=' } },
          Secrets: [{ SecretID: 'other', File: { Name: 'x', Mode: 292 } }],
        },
        PluginSpec: { name: 'p', privileges: [{ name: 'network', value: ['host'] }] },
        Networks: [{ Target: 'host' }],
      },
      UpdateConfig: { MaxFailureRatio: 0.25 },
    };
    for (const action of ['service.create', 'service.update'] as const) {
      expect(read(action, '1.43', bytes(body)).view).toEqual(body);
    }
  });
});
