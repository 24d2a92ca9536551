import { describe, expect, it } from 'vitest';
import { refusal, constrained } from '../../../support/policy.ts';
import { hostConfigRefused, opens, plainVolume, refusedField } from './helpers.ts';

const SRV = '{ host-paths: [/srv/web] }';
const bindsRefused = (constraints: string, ...Binds: readonly string[]): string | undefined =>
  hostConfigRefused(constraints, { Binds });
const mountRefused = (constraints: string, mount: object, more = {}): string | undefined =>
  hostConfigRefused(constraints, { Mounts: [mount] }, more);

describe('a path of the host', () => {
  it.each([
    '/:/h',
    '//:/h',
    '/srv:/h',
    '/srv/web/..:/h',
    '/srv/webs:/h',
    '/var/run/docker.sock:/s',
  ])('is refused outside of what is allowed: %s', (bind) => {
    expect(bindsRefused(SRV, bind)).toBe('HostConfig.Binds[0]');
    const [Source = ''] = bind.split(':');
    expect(mountRefused(SRV, { Type: 'bind', Source, Target: '/h' })).toBe(
      'HostConfig.Mounts[0].Source',
    );
  });

  it.each(['/srv/web:/h', '/srv/web/a:/h:ro', '/srv//web/./x/:/h', '/etc/../srv/web:/h', '/a'])(
    'is allowed within: %s',
    (bind) => {
      expect(bindsRefused(SRV, bind)).toBeUndefined();
    },
  );

  it('may be all of them', () => {
    expect(bindsRefused('{ host-paths: [/] }', '/etc:/h')).toBeUndefined();
  });

  it('is refused where a link leads out, and allowed where one leads in', () => {
    const links: Record<string, string> = { '/srv/web/x': '/etc', '/other': '/srv/web/y' };
    const resolveHostPath = (path: string): string => links[path] ?? path;
    const more = { resolveHostPath };
    expect(hostConfigRefused(SRV, { Binds: ['/srv/web/x:/h'] }, more)).toBeDefined();
    expect(hostConfigRefused(SRV, { Binds: ['/other:/h'] }, more)).toBeUndefined();
    const linked = { resolveHostPath: (path: string) => path.replace(/^\/srv/, '/mnt') };
    expect(hostConfigRefused(SRV, { Binds: ['/srv/web/x:/h'] }, linked)).toBeUndefined();
    expect(
      refusal(constrained(SRV), 'POST /containers/create', {
        body: { HostConfig: { Binds: ['/srv/web/x:/h'] } },
        ...more,
      }),
    ).toMatch(/the path "\/srv\/web\/x" of the host, which leads to "\/etc", is not allowed/);
  });

  it('is refused where it cannot be seen', () => {
    const resolveHostPath = (): undefined => undefined;
    expect(hostConfigRefused(SRV, { Binds: ['/srv/web:/h'] }, { resolveHostPath })).toBeDefined();
    const hidden = (path: string) => (path === '/srv/web' ? undefined : path);
    expect(
      hostConfigRefused(SRV, { Binds: ['/srv/web/a:/h'] }, { resolveHostPath: hidden }),
    ).toBeDefined();
  });

  it('is refused with a backslash or a control character', () => {
    expect(bindsRefused('{ host-paths: [/] }', '/srv\\web:/h')).toBeDefined();
    expect(bindsRefused('{ host-paths: [/] }', '/srv\u0007:/h')).toBeDefined();
    expect(mountRefused('{ host-paths: [/] }', { Type: 'bind', Source: '\\srv' })).toBeDefined();
    expect(mountRefused('{ host-paths: [/] }', { Type: 'bind' })).toBeDefined();
  });

  it('that may be read only has to be mounted so', () => {
    const only = '{ host-paths: [{ path: /srv, read-only: true }] }';
    expect(bindsRefused(only, '/srv:/h')).toBeDefined();
    expect(bindsRefused(only, '/srv:/h:rw')).toBeDefined();
    expect(bindsRefused(only, '/srv:/h:ro')).toBeUndefined();
    const mount = { Type: 'bind', Source: '/srv', Target: '/h', ReadOnly: true };
    expect(mountRefused(only, mount)).toBeUndefined();
    // An old daemon reads a call without a version as one of its own, whose submounts stay writable.
    const unversioned = {
      call: 'POST /containers/create',
      resolveHostPath: (path: string) => path,
    };
    expect(hostConfigRefused(only, { Binds: ['/srv:/h:ro'] }, unversioned)).toBeDefined();
    expect(mountRefused(only, { ...mount, ReadOnly: false })).toBeDefined();
    // Below 1.44 what is mounted within could be written to.
    const old = { call: 'POST /v1.43/containers/create' };
    expect(mountRefused(only, mount, old)).toBeDefined();
    const submounts = '{ host-paths: [{ path: /srv, read-only: true }], features: [submounts] }';
    expect(mountRefused(submounts, mount, old)).toBeUndefined();
    const both = '{ host-paths: [{ path: /srv, read-only: true }, /srv/rw] }';
    expect(bindsRefused(both, '/srv/rw/x:/h')).toBeUndefined();
  });

  it.each(['shared', 'rshared', 'slave', 'rslave'])('spreads mounts if allowed: %s', (mode) => {
    const spread = '{ host-paths: [/], features: [propagation] }';
    expect(bindsRefused('{ host-paths: [/] }', `/a:/h:${mode}`)).toBeDefined();
    expect(bindsRefused(spread, `/a:/h:ro,${mode}`)).toBeUndefined();
    const mount = { Type: 'bind', Source: '/a', BindOptions: { Propagation: mode } };
    expect(mountRefused('{ host-paths: [/] }', mount)).toBe(
      'HostConfig.Mounts[0].BindOptions.Propagation',
    );
    expect(mountRefused(spread, mount)).toBeUndefined();
  });

  it('is relabelled if allowed', () => {
    for (const mode of ['z', 'Z', 'ro,z']) {
      expect(bindsRefused('{ host-paths: [/] }', `/a:/h:${mode}`)).toBeDefined();
      expect(
        bindsRefused('{ host-paths: [/], features: [relabel] }', `/a:/h:${mode}`),
      ).toBeUndefined();
    }
  });

  it.each([
    ['create-mountpoint', { CreateMountpoint: true }],
    ['submounts', { NonRecursive: true }],
    ['submounts', { ReadOnlyNonRecursive: true }],
  ])('has the option %s if allowed', (feature, BindOptions) => {
    const mount = { Type: 'bind', Source: '/a', Target: '/h', BindOptions };
    expect(mountRefused('{ host-paths: [/] }', mount)).toBeDefined();
    expect(mountRefused(`{ host-paths: [/], features: [${feature}] }`, mount)).toBeUndefined();
    const off = Object.fromEntries(Object.keys(BindOptions).map((name) => [name, false]));
    const without = { ...mount, BindOptions: { ...off, ReadOnlyForceRecursive: true } };
    expect(mountRefused('{ host-paths: [/] }', without)).toBeUndefined();
  });

  it.each(['a:b:c:d', ':/h', '/a:/h:odd', './a:/h', '~/a:/h', 'a/b:/h', '$HOME:/h'])(
    'is none in %s, which is refused',
    (bind) => {
      expect(bindsRefused('{ host-paths: [/] }', bind)).toBe('HostConfig.Binds[0]');
    },
  );
});

describe('a volume', () => {
  const facts = [plainVolume('data')];
  const named = (Binds: readonly string[], constraints = '{}', known: readonly object[] = facts) =>
    hostConfigRefused(constraints, { Binds }, { facts: known as typeof facts });

  it('is allowed by its name', () => {
    expect(named(['data:/d'])).toBeUndefined();
    expect(named(['data:/d'], '{ volumes: [other] }')).toBeDefined();
    expect(named(['data:/d'], '{ volumes: ["da*"] }')).toBeUndefined();
    const mount = { Type: 'volume', Source: 'data', Target: '/d' };
    const asked = { facts };
    expect(mountRefused('{}', mount, asked)).toBeUndefined();
    expect(mountRefused('{ volumes: [] }', mount, asked)).toBeDefined();
    expect(mountRefused('{ volumes: [] }', { Type: 'volume', Target: '/d' })).toBeUndefined();
    expect(mountRefused('{}', { Type: 'volume', Source: '/etc' })).toBeDefined();
  });

  it('that is there is judged by what it is', () => {
    const bind = { type: 'none', o: 'bind', device: '/etc' };
    const known = [{ ...plainVolume('data'), options: bind }];
    expect(named(['data:/d'], '{}', known)).toBe('HostConfig.Binds[0]');
    expect(named(['data:/d'], '{ host-paths: [/etc] }', known)).toBeUndefined();
    const other = [{ ...plainVolume('data'), driver: 'sshfs' }];
    expect(named(['data:/d'], '{}', other)).toBeDefined();
    expect(named(['data:/d'], '{ volume-drivers: [sshfs] }', other)).toBeUndefined();
    expect(named(['data:/d'], '{}', [{ kind: 'volume', ref: 'data' }])).toBeUndefined();
  });

  it('that nobody asked the daemon about is refused', () => {
    expect(named(['data:/d'], '{}', [])).toBeDefined();
    expect(
      named(['data:/d'], '{}', [{ kind: 'volume', ref: 'data', missing: true }]),
    ).toBeUndefined();
  });

  it.each([
    { type: 'none', o: 'bind', device: '/' },
    { type: 'none', o: 'rw,bind', device: '/etc' },
    { type: 'none', o: 'rbind', device: '/etc' },
    { o: 'bind', device: '/etc' },
    { type: '', o: 'bind', device: '/etc/../root' },
    { type: 'ext4', device: '/dev/sda1' },
    { type: 'nfs', o: 'addr=192.0.2.1', device: ':/x' },
    { type: 'none', o: 'bind', device: 'relative' },
    { type: 'none', o: 'bind' },
    { type: 'none', device: '/etc' },
    { type: 'none', o: 'remount,bind', device: '/etc' },
    { type: 'none', o: 'bind', device: '/etc', odd: 'x' },
  ])('with options that mount is refused in every way: %j', (Options) => {
    const mount = { Type: 'volume', Target: '/d', VolumeOptions: { DriverConfig: { Options } } };
    expect(mountRefused('{}', mount)).toBeDefined();
    const create = { body: { Name: 'x', DriverOpts: Options } };
    expect(refusedField('{}', 'POST /volumes/create', create)).toBeDefined();
  });

  it('of a path of the host is that path', () => {
    const body = { Name: 'x', DriverOpts: { type: 'none', o: 'bind', device: '/srv/web/x' } };
    expect(refusedField(SRV, 'POST /volumes/create', { body })).toBeUndefined();
    const only = '{ host-paths: [{ path: /srv, read-only: true }] }';
    expect(refusedField(only, 'POST /volumes/create', { body })).toBeDefined();
    const ro = { Name: 'x', DriverOpts: { type: 'none', o: 'ro,bind', device: '/srv/x' } };
    expect(refusedField(only, 'POST /volumes/create', { body: ro })).toBeUndefined();
    const options = (o: string, constraints = only) => {
      const DriverOpts = { type: 'none', o, device: '/srv/x' };
      return refusedField(constraints, 'POST /volumes/create', { body: { Name: 'x', DriverOpts } });
    };
    // The last of contradicting words counts, and what is mounted below is no part of the mount.
    for (const o of ['bind,ro,rw', 'ro,bind,rw', 'rw,ro,bind']) expect(options(o)).toBeDefined();
    for (const o of ['rbind,ro', 'bind,ro,rbind']) {
      expect(options(o)).toBeDefined();
      const below = '{ host-paths: [{ path: /srv, read-only: true }], features: [submounts] }';
      expect(options(o, below)).toBeUndefined();
    }
  });

  it('has options as they are allowed, each by itself, and a size', () => {
    const nfs = '{ volume-options: [type=nfs, "o=addr=192.0.2.1,*", "device=:/exports/*"] }';
    const DriverOpts = { type: 'nfs', o: 'addr=192.0.2.1,ro', device: ':/exports/a' };
    const call = 'POST /volumes/create';
    expect(refusedField(nfs, call, { body: { DriverOpts } })).toBeUndefined();
    expect(refusedField(nfs, call, { body: { DriverOpts: { ...DriverOpts, o: 'x' } } })).toBe(
      'DriverOpts',
    );
    expect(refusedField('{}', call, { body: { DriverOpts: { size: '1g' } } })).toBeUndefined();
    const secret = { body: { DriverOpts: { o: 'password=hunter2' } } };
    expect(refusal(constrained(), call, secret)).not.toContain('hunter2');
  });

  it('is made by drivers and under names that are allowed', () => {
    const call = 'POST /volumes/create';
    expect(refusedField('{}', call, { body: {} })).toBeUndefined();
    expect(refusedField('{}', call, { body: { Name: '', Driver: 'local' } })).toBeUndefined();
    expect(refusedField('{ volumes: [a] }', call, { body: { Name: 'b' } })).toBe('Name');
    expect(refusedField('{}', call, { body: { Driver: 'sshfs' } })).toBe('Driver');
    expect(refusedField('{ labels: [] }', call, { body: { Labels: { a: 'b' } } })).toBe(
      'Labels["a"]',
    );
    const cluster = { body: { ClusterVolumeSpec: { Group: 'x' } } };
    expect(refusedField('{}', call, cluster)).toBe('ClusterVolumeSpec');
    expect(refusedField('{}', 'PUT /volumes/x?version=1', { body: { Spec: {} } })).toBeDefined();
  });

  it('is made along with a container by drivers that are allowed', () => {
    opens('{ volume-drivers: [sshfs] }', { VolumeDriver: 'sshfs' });
    expect(hostConfigRefused('{}', { VolumeDriver: '' })).toBeUndefined();
    const mount = (Name: string) => ({
      Type: 'volume',
      VolumeOptions: { NoCopy: true, Subpath: 'x', DriverConfig: { Name } },
    });
    expect(mountRefused('{}', mount('sshfs'))).toBeDefined();
    expect(mountRefused('{}', mount(''))).toBeUndefined();
    expect(
      mountRefused('{ labels: [] }', { Type: 'volume', VolumeOptions: { Labels: { a: '' } } }),
    ).toBeDefined();
  });
});

describe('another mount', () => {
  it('is a tmpfs without devices and set-uid programs', () => {
    const sized = { '/t': 'rw,noexec,nosuid,size=64m,mode=1777,uid=1000', '/u': '' };
    expect(hostConfigRefused('{}', { Tmpfs: sized })).toBeUndefined();
    opens('{ features: [tmpfs-options] }', { Tmpfs: { '/t': 'suid,dev' } });
    const mount = { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1, Mode: 511 } };
    expect(mountRefused('{}', mount)).toBeUndefined();
    const odd = { Type: 'tmpfs', TmpfsOptions: { Options: [['exec'], null, ['dev']] } };
    expect(mountRefused('{}', odd)).toBe('HostConfig.Mounts[0].TmpfsOptions.Options[2]');
  });

  it('of an image is judged as an image', () => {
    const mount = { Type: 'image', Source: 'secret', ImageOptions: { Subpath: 'x' } };
    expect(mountRefused('{}', mount)).toBeUndefined();
    expect(mountRefused('{ images: [busybox] }', mount)).toBe('HostConfig.Mounts[0].Source');
  });

  it.each(['cluster', 'npipe', 'Bind', 'odd', ''])('of the type "%s" is refused', (Type) => {
    expect(mountRefused('{}', { Type })).toBe('HostConfig.Mounts[0]');
    expect(mountRefused('{}', {})).toBe('HostConfig.Mounts[0]');
  });

  it('with options of a cluster is refused', () => {
    expect(mountRefused('{}', { Type: 'tmpfs', ClusterOptions: {} })).toBeUndefined();
  });
});
