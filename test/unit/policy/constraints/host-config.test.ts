import { describe, expect, it } from 'vitest';
import { container, refusal, constrained } from '../../../support/policy.ts';
import { hostConfigRefused, network, opens } from './helpers.ts';

describe('a container', () => {
  it('that asks for nothing is allowed', () => {
    expect(hostConfigRefused('{}', {})).toBeUndefined();
  });

  it('as the docker CLI asks for it is allowed', () => {
    const HostConfig = {
      ...{ Binds: null, ContainerIDFile: '', LogConfig: { Type: '', Config: {} } },
      ...{ NetworkMode: 'bridge', PortBindings: {}, RestartPolicy: { Name: 'no' } },
      ...{ AutoRemove: false, VolumeDriver: '', VolumesFrom: null, ConsoleSize: [24, 80] },
      ...{ CapAdd: null, CapDrop: null, CgroupnsMode: '', Dns: [], DnsOptions: [], DnsSearch: [] },
      ...{ ExtraHosts: null, GroupAdd: null, IpcMode: '', Cgroup: '', Links: null, OomScoreAdj: 0 },
      ...{ PidMode: '', Privileged: false, PublishAllPorts: false, ReadonlyRootfs: false },
      ...{ SecurityOpt: null, UTSMode: '', UsernsMode: '', ShmSize: 0, Isolation: '', Memory: 0 },
      ...{ CpuShares: 0, NanoCpus: 0, CgroupParent: '', BlkioWeight: 0, BlkioWeightDevice: [] },
      ...{ BlkioDeviceReadBps: [], CpuPeriod: 0, CpuQuota: 0, CpuRealtimePeriod: 0 },
      ...{ CpuRealtimeRuntime: 0, CpusetCpus: '', CpusetMems: '', Devices: [] },
      ...{ DeviceCgroupRules: null, DeviceRequests: null, MemoryReservation: 0, MemorySwap: 0 },
      ...{ MemorySwappiness: -1, OomKillDisable: false, PidsLimit: 0, Ulimits: [], CpuCount: 0 },
      ...{ CpuPercent: 0, IOMaximumIOps: 0, IOMaximumBandwidth: 0, MaskedPaths: null },
      ...{ ReadonlyPaths: null, Init: true, Runtime: '', Annotations: null },
    };
    expect(hostConfigRefused('{}', HostConfig)).toBeUndefined();
  });

  it.each([
    ['{ privileged: true }', { Privileged: true }],
    ['{ namespaces: ["pid=host"] }', { PidMode: 'host' }],
    ['{ namespaces: ["ipc=host"] }', { IpcMode: 'host' }],
    ['{ namespaces: ["ipc=shareable"] }', { IpcMode: 'shareable' }],
    ['{ namespaces: ["network=host"] }', { NetworkMode: 'host' }],
    ['{ namespaces: ["uts=host"] }', { UTSMode: 'host' }],
    ['{ namespaces: ["user=host"] }', { UsernsMode: 'host' }],
    ['{ namespaces: ["cgroup=host"] }', { CgroupnsMode: 'host' }],
    ['{ cgroup-parents: ["/user/*"] }', { CgroupParent: '/user/x' }],
    ['{ capabilities: [SYS_ADMIN] }', { CapAdd: ['SYS_ADMIN'] }],
    ['{ capabilities: [CAP_sys_admin] }', { CapAdd: ['cap_Sys_Admin'] }],
    ['{ capabilities: [ALL] }', { CapAdd: ['all'] }],
    ['{ capabilities: [ALL] }', { CapAdd: 'NET_ADMIN' }],
    ['{ devices: [/dev/fuse] }', { Devices: [{ PathOnHost: '/dev/../dev/fuse' }] }],
    ['{ device-cgroup-rules: ["c 1:1 rwm"] }', { DeviceCgroupRules: ['c 1:1 rwm'] }],
    ['{ device-drivers: [nvidia] }', { DeviceRequests: [{ Driver: 'nvidia', Count: -1 }] }],
    ['{ device-drivers: ["*"] }', { DeviceRequests: [{ Capabilities: [['gpu']] }] }],
    ['{ security-options: ["seccomp=unconfined"] }', { SecurityOpt: ['seccomp:unconfined'] }],
    ['{ security-options: ["label=type:x"] }', { SecurityOpt: ['label=type:x'] }],
    ['{ security-options: [disable] }', { SecurityOpt: ['disable'] }],
    ['{ security-options: ["writable-cgroups=true"] }', { SecurityOpt: ['writable-cgroups'] }],
    ['{ security-options: ["no-new-privileges=false"] }', { SecurityOpt: ['no-new-privileges:F'] }],
    ['{ security-options: ["no-new-privileges=?"] }', { SecurityOpt: ['no-new-privileges=2'] }],
    ['{ features: [unmask-paths] }', { MaskedPaths: [] }],
    ['{ features: [unmask-paths] }', { ReadonlyPaths: ['/proc/x'] }],
    ['{ sysctls: ["net.ipv4.*"] }', { Sysctls: { 'net.ipv4.ip_forward': '1' } }],
    ['{ sysctls: ["net.ipv4.*"] }', { Sysctls: { 'net/ipv4/ip_forward': '1' } }],
    ['{ runtimes: [kata] }', { Runtime: 'kata' }],
    ['{ annotations: ["org.x.*"] }', { Annotations: { 'org.x.y': 'z' } }],
    ['{ features: [oom] }', { OomKillDisable: true }],
    ['{ features: [oom] }', { OomScoreAdj: -1 }],
    ['{ features: [realtime] }', { CpuRealtimeRuntime: 1 }],
    ['{ features: [block-devices] }', { BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 1 }] }],
    ['{ ulimits: [rtprio] }', { Ulimits: [{ Name: 'rtprio', Hard: 99, Soft: 99 }] }],
    ['{ log-drivers: [syslog] }', { LogConfig: { Type: 'syslog' } }],
    ['{ log-drivers: ["*"] }', { LogConfig: { Type: 'none' } }],
    [
      '{ log-options: ["syslog-address=udp://192.0.2.1:*"] }',
      { LogConfig: { Config: { 'syslog-address': 'udp://192.0.2.1:514' } } },
    ],
    ['{ features: [publish-all] }', { PublishAllPorts: true }],
    ['{ features: [extra-hosts] }', { ExtraHosts: ['db:192.0.2.1'] }],
    ['{ features: [extra-hosts, host-gateway] }', { ExtraHosts: ['db=host-gateway'] }],
    ['{ features: [dns] }', { Dns: ['192.0.2.1'] }],
    ['{ features: [dns] }', { DnsSearch: ['example.org'] }],
    ['{ features: [dns] }', { DnsOptions: ['ndots:1'] }],
    ['{ groups: ["999"] }', { GroupAdd: ['999'] }],
    ['{ groups: [video] }', { GroupAdd: ['video'] }],
    ['{ features: [storage-options] }', { StorageOpt: { size: '1g' } }],
    ['{ features: [restart] }', { RestartPolicy: { Name: 'always' } }],
    ['{ features: [auto-remove] }', { AutoRemove: true }],
  ])('may have with %s what it may not have without: %j', (setting, HostConfig) => {
    opens(setting, HostConfig);
  });

  it.each([
    { Isolation: 'process' },
    { PidMode: 'odd' },
    { PidMode: 'private' },
    { PidMode: 'HOST' },
    { CgroupnsMode: 'odd' },
    { Cgroup: 'host' },
    { ExtraHosts: ['x:HOST-GATEWAY'] },
    { SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] },
    { SecurityOpt: ['apparmor=unconfined'] },
    { SecurityOpt: ['label=disable'] },
    { SecurityOpt: ['label:disable'] },
    { SecurityOpt: ['systempaths=unconfined'] },
    { Devices: [{ PathOnHost: '/dev' }] },
    { Devices: [{ PathOnHost: 'vendor.com/class=device' }] },
    { CapAdd: ['ALL'] },
    { CapAdd: ['CAP_ALL'] },
    { CapAdd: ['ſys_admin'] },
  ])('may not have %j', (HostConfig) => {
    expect(hostConfigRefused('{ features: [extra-hosts] }', HostConfig)).toBeDefined();
  });

  it.each([
    { IpcMode: 'private' },
    { IpcMode: 'none' },
    { CgroupnsMode: 'private' },
    { Isolation: 'DEFAULT' },
    { NetworkMode: 'none' },
    { NetworkMode: 'default' },
    { SecurityOpt: ['no-new-privileges', 'no-new-privileges:true', 'writable-cgroups=0'] },
    { CapAdd: ['NET_BIND_SERVICE', 'cap_chown'] },
    { CapDrop: ['ALL', 'odd'] },
    { OomScoreAdj: 500 },
    { Runtime: 'runc' },
    { LogConfig: { Type: 'local', Config: { 'max-size': '1m', labels: 'a' } } },
    { Ulimits: [{ Name: 'nofile', Hard: 1, Soft: 1 }, null] },
    { RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } },
    { ShmSize: 1, Memory: 1, CpuShares: 5 },
  ])('may have %j', (HostConfig) => {
    expect(hostConfigRefused('{}', HostConfig)).toBeUndefined();
  });

  it('has devices as they are on the host, over links', () => {
    const resolveHostPath = (path: string) => (path === '/dev/link' ? '/dev/sda' : path);
    const Devices = [{ PathOnHost: '/dev/link' }];
    const more = { resolveHostPath };
    expect(hostConfigRefused('{ devices: [/dev/sda] }', { Devices }, more)).toBeUndefined();
    expect(hostConfigRefused('{ devices: [/dev/link] }', { Devices }, more)).toBeUndefined();
    expect(hostConfigRefused('{ devices: [/dev/fuse] }', { Devices }, more)).toBeDefined();
    const blind = { resolveHostPath: (): undefined => undefined };
    expect(hostConfigRefused('{ devices: [/dev/link] }', { Devices }, blind)).toBeDefined();
  });

  it('drops what has to be dropped, and does not add it again', () => {
    const drops = '{ required-drops: [NET_RAW, MKNOD] }';
    expect(hostConfigRefused(drops, {})).toBe('HostConfig.CapDrop');
    expect(hostConfigRefused(drops, { CapDrop: ['net_raw', 'CAP_MKNOD'] })).toBeUndefined();
    expect(hostConfigRefused(drops, { CapDrop: ['all'] })).toBeUndefined();
    const again = { CapDrop: ['ALL'], CapAdd: ['NET_RAW'] };
    expect(hostConfigRefused(drops, again)).toBe('HostConfig.CapAdd[0]');
    const all = '{ required-drops: [ALL], capabilities: [CHOWN] }';
    expect(hostConfigRefused(all, { CapDrop: ['ALL'], CapAdd: ['CHOWN'] })).toBeUndefined();
    expect(hostConfigRefused(all, { CapDrop: ['ALL'], CapAdd: ['KILL'] })).toBeDefined();
    expect(hostConfigRefused(all, { CapDrop: ['CHOWN'] })).toBeDefined();
  });

  it('has the security options that it has to have', () => {
    const needs =
      '{ required-security-options: [no-new-privileges, "apparmor=*"], security-options: ["apparmor=docker-default"] }';
    expect(hostConfigRefused(needs, {})).toBe('HostConfig.SecurityOpt');
    const SecurityOpt = ['no-new-privileges:true', 'apparmor=docker-default'];
    expect(hostConfigRefused(needs, { SecurityOpt })).toBeUndefined();
    expect(hostConfigRefused(needs, { SecurityOpt: SecurityOpt.slice(1) })).toBeDefined();
  });

  it('joins containers that are selected, and no others', () => {
    const joins = '{ joins: { names: [web-*] } }';
    const facts = [container('a', { name: 'web-1' }), container('b', { name: 'db' })];
    for (const joining of [
      (ref: string) => ({ PidMode: `container:${ref}` }),
      (ref: string) => ({ IpcMode: `container:/${ref}` }),
      (ref: string) => ({ NetworkMode: `container:${ref}` }),
      (ref: string) => ({ Cgroup: `container:${ref}` }),
      (ref: string) => ({ VolumesFrom: [`${ref}:ro`] }),
      (ref: string) => ({ Links: [`/${ref}:db`] }),
    ]) {
      expect(hostConfigRefused(joins, joining('a'), { facts })).toBeUndefined();
      expect(hostConfigRefused(joins, joining('b'), { facts })).toBeDefined();
      expect(hostConfigRefused(joins, joining('a'))).toBeDefined();
      expect(hostConfigRefused('{}', joining('a'), { facts })).toBeDefined();
      const gone = { facts: [{ kind: 'container', ref: 'web-1', missing: true } as const] };
      expect(hostConfigRefused(joins, joining('web-1'), gone)).toBeDefined();
    }
  });

  it('says the name of a secret option, never its value', () => {
    const HostConfig = { LogConfig: { Type: 'splunk', Config: { 'splunk-token': 'hunter2' } } };
    const body = { HostConfig, Env: ['NVIDIA_VISIBLE_DEVICES=hunter2'] };
    for (const setting of ['{}', '{ log-drivers: [splunk] }']) {
      const text = refusal(constrained(setting), 'POST /containers/create', { body });
      expect(text).toBeDefined();
      expect(text).not.toContain('hunter2');
    }
  });

  it('keeps long values out of the message', () => {
    const body = { HostConfig: { Runtime: 'x'.repeat(5_000) } };
    expect(refusal(constrained(), 'POST /containers/create', { body })?.length).toBeLessThan(500);
  });
});

describe('a port', () => {
  const published = (ports: string, PortBindings: object) =>
    hostConfigRefused(`{ ports: ${ports} }`, { PortBindings });

  it.each([
    ['["8080"]', { HostPort: '8080' }, true],
    ['["8080"]', { HostPort: '08080' }, true],
    ['["8080"]', { HostPort: '80' }, false],
    ['["8000-8999"]', { HostPort: '8000-8010' }, true],
    ['["8000-8999"]', { HostPort: '8990-9000' }, false],
    ['["127.0.0.1:*"]', { HostIp: '127.0.0.1', HostPort: '80' }, true],
    ['["127.0.0.1:*"]', { HostIp: '::ffff:127.0.0.1', HostPort: '80' }, true],
    ['["127.0.0.1:*"]', { HostPort: '80' }, false],
    ['["127.0.0.1:*"]', { HostIp: '0.0.0.0', HostPort: '80' }, false],
    ['["127.0.0.1:*"]', { HostIp: '::', HostPort: '80' }, false],
    ['["[::1]:80"]', { HostIp: '::1', HostPort: '80' }, true],
    ['["[::1]:80"]', { HostIp: '::2', HostPort: '80' }, false],
    ['["*"]', { HostIp: '192.0.2.1', HostPort: '1-65535' }, true],
    ['["1024-65535"]', {}, true],
    ['["1024-65535"]', { HostPort: '0' }, true],
    ['["1024-9999"]', { HostPort: '' }, false],
    ['["*"]', { HostPort: '+80' }, false],
    ['["*"]', { HostPort: '65536' }, false],
    ['["*"]', { HostPort: '90-80' }, false],
    ['["*"]', { HostIp: 'localhost', HostPort: '80' }, false],
    ['["*"]', { HostIp: '127.0.0.01', HostPort: '80' }, false],
    ['[]', { HostPort: '80' }, false],
    ['[]', { HostIp: '127.0.0.1', HostPort: '80' }, false],
  ])('under %s is published as %j: %s', (ports, binding, expected) => {
    expect(published(ports, { '80/tcp': [binding] }) === undefined).toBe(expected);
  });

  it('without a binding is published anywhere', () => {
    for (const bindings of [[], null]) {
      expect(published('["8080"]', { '80/tcp': bindings })).toBe(
        'HostConfig.PortBindings["80/tcp"]',
      );
      expect(published('["*"]', { '80/tcp': bindings })).toBeUndefined();
    }
  });

  it.each(['80-70', '0', '1.2.3:80', 'x', '*-*', '[::g]:80', '1.2.3.4.5:80'])(
    'is none in %s',
    (text) => {
      expect(() => published(`["${text}"]`, {})).toThrow(/expected PORT, FIRST-LAST/);
    },
  );
});

describe('a network', () => {
  const facts = [network('n', 'web'), network('deadbeef', 'host'), network('other')];

  it('is allowed by the name that the daemon tells', () => {
    const joins = (setting: string, ref: string): string | undefined =>
      hostConfigRefused(setting, { NetworkMode: ref }, { facts });
    expect(joins('{ networks: [web] }', 'n')).toBeUndefined();
    expect(joins('{ networks: [n] }', 'n')).toBe('HostConfig.NetworkMode');
    expect(joins('{}', 'n')).toBeDefined();
    expect(joins('{ networks: ["*"] }', 'deadbeef')).toBeDefined();
    expect(joins('{ namespaces: ["network=host"] }', 'deadbeef')).toBeUndefined();
    expect(joins('{ networks: ["*"] }', 'unasked')).toBeDefined();
    const gone = [{ kind: 'network', ref: 'new', missing: true } as const];
    expect(
      hostConfigRefused('{ networks: [new] }', { NetworkMode: 'new' }, { facts: gone }),
    ).toBeUndefined();
    const nameless = [{ kind: 'network', ref: 'n' } as const];
    expect(
      hostConfigRefused('{ networks: [x] }', { NetworkMode: 'n' }, { facts: nameless }),
    ).toBeDefined();
    const plain = [network('n', 'bridge')];
    expect(hostConfigRefused('{}', { NetworkMode: 'n' }, { facts: plain })).toBeUndefined();
  });
});
