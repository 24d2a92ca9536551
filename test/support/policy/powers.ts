import type { Random } from '../body/random.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** What a call of the fuzz finds on the daemon to make use of. */
export const VICTIM = 'victim';
export const EVIL_VOLUME = 'evil';

const bind = (Source: string) => ({ Type: 'bind', Source, Target: '/bound' });
const evilVolume = (device: string, o: string) => ({
  Type: 'volume',
  Target: '/bound',
  VolumeOptions: { DriverConfig: { Name: 'local', Options: { type: 'none', o, device } } },
});

/** Spellings of power over the host, or over containers of others, in HostConfig. */
const POWERS: readonly Fields[] = [
  { Privileged: true },
  ...['ALL', 'all', 'SYS_ADMIN', 'CAP_SYS_ADMIN', 'cap_sys_admin', 'sys_Admin', 'NET_ADMIN'].map(
    (capability) => ({ CapAdd: [capability] }),
  ),
  ...[
    '/:/host',
    '//:/host',
    '/tmp/..:/host:ro',
    '/./etc:/e',
    '/var/run/docker.sock:/s',
    '/tmp:/t:rw',
  ].map((text) => ({ Binds: [text] })),
  { Binds: ['harmless:/data', '/:/host'] },
  { Binds: [`${EVIL_VOLUME}:/bound`] },
  ...['/', '/etc/../', '//', '/root'].map((source) => ({ Mounts: [bind(source)] })),
  { Mounts: [{ Type: 'tmpfs', Target: '/x' }, bind('/')] },
  { Mounts: [{ ...bind('/'), BindOptions: { Propagation: 'rshared' } }] },
  { Mounts: [{ Type: 'volume', Source: EVIL_VOLUME, Target: '/bound' }] },
  { Mounts: [evilVolume('/', 'bind')] },
  { Mounts: [evilVolume('/etc', 'rw,rbind')] },
  { VolumesFrom: [VICTIM] },
  { VolumesFrom: [`/${VICTIM}:ro`] },
  { PidMode: 'host' },
  { IpcMode: 'host' },
  { UTSMode: 'host' },
  { UsernsMode: 'host' },
  { NetworkMode: 'host' },
  { CgroupnsMode: 'host' },
  { PidMode: `container:${VICTIM}` },
  { IpcMode: `container:${VICTIM}` },
  { NetworkMode: `container:${VICTIM}` },
  { CgroupParent: '/elsewhere' },
  ...[
    'seccomp=unconfined',
    'seccomp:unconfined',
    'apparmor=unconfined',
    'label=disable',
    'label:disable',
  ].map((option) => ({ SecurityOpt: [option] })),
  { Devices: [{ PathOnHost: '/dev/mem', PathInContainer: '/dev/mem', CgroupPermissions: 'rwm' }] },
  { DeviceCgroupRules: ['a *:* rwm'] },
  { DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }] },
  { Sysctls: { 'kernel.msgmax': '1' } },
  { MaskedPaths: [] },
  { ReadonlyPaths: [] },
  { GroupAdd: ['0'] },
  { OomScoreAdj: -1000 },
  { OomKillDisable: true },
  { Runtime: 'another' },
  { Capabilities: ['ALL'] },
  { LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'unix:///var/run/docker.sock' } } },
  { ExtraHosts: ['x:host-gateway'] },
];

/** Fields that a plain container may have. */
const HARMLESS: readonly Fields[] = [
  { Init: true },
  { ReadonlyRootfs: true },
  { CapDrop: ['ALL'] },
  { NetworkMode: 'none' },
  { Binds: ['harmless:/data'] },
  { Mounts: [{ Type: 'tmpfs', Target: '/scratch' }] },
  { Memory: 16_777_216 },
  { IpcMode: 'private' },
  { ShmSize: 1_048_576 },
  { SecurityOpt: ['no-new-privileges'] },
  { Privileged: false },
  { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } },
];

/** One, now and then two powers. */
export function somePowers(random: Random): Fields {
  const first = random.pick(POWERS);
  return random.chance(0.15) ? { ...random.pick(POWERS), ...first } : first;
}

export function someHarmless(random: Random): Fields {
  return Object.assign({}, ...random.some(HARMLESS, random.below(4))) as Fields;
}

/** What a container has of all this, by what the daemon says of it: nothing, where all is well. */
export function powersOf(inspection: Fields): string[] {
  const host = inspection['HostConfig'] as Fields;
  const mounts = (inspection['Mounts'] ?? []) as readonly Fields[];
  const found = Object.entries(SHOWS).filter(([name, shows]) => shows(host[name]));
  const paths = mounts.filter(isForbiddenMount).map(({ Type, Source, Name }) => {
    return `Mounts ${String(Type)} ${String(Name ?? Source)}`;
  });
  return [...found.map(([name]) => `${name} ${JSON.stringify(host[name])}`), ...paths];
}

/** A bind of the host, the volume that is one, or a volume of the container of others. */
function isForbiddenMount({ Type, Name }: Fields): boolean {
  return (
    Type === 'bind' || (Type === 'volume' && [EVIL_VOLUME, 'of-victim'].includes(String(Name)))
  );
}

const isFilled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;
const isForeign = (value: unknown): boolean => /^(?:host|container:.*)$/s.test(String(value));
const others = (harmless: RegExp) => (value: unknown) =>
  Array.isArray(value) && value.some((item) => !harmless.test(String(item)));

const SHOWS: Readonly<Record<string, (value: unknown) => boolean>> = {
  Privileged: (value) => value !== false,
  CapAdd: isFilled,
  Capabilities: isFilled,
  Binds: others(/^harmless:/),
  Mounts: (value) =>
    Array.isArray(value) &&
    (value as Fields[]).some(({ Type, Source, VolumeOptions }) => {
      return (
        Type === 'bind' ||
        Source === EVIL_VOLUME ||
        isFilled((VolumeOptions as Fields | undefined)?.['DriverConfig'])
      );
    }),
  VolumesFrom: isFilled,
  PidMode: isForeign,
  IpcMode: isForeign,
  UTSMode: isForeign,
  UsernsMode: isForeign,
  NetworkMode: isForeign,
  CgroupnsMode: isForeign,
  CgroupParent: (value) => value !== '',
  SecurityOpt: others(/^no-new-privileges$/),
  Devices: isFilled,
  DeviceCgroupRules: isFilled,
  DeviceRequests: isFilled,
  Sysctls: isFilled,
  // Absent, they are the daemon's own, which are many.
  MaskedPaths: (value) => !isFilled(value),
  ReadonlyPaths: (value) => !isFilled(value),
  GroupAdd: isFilled,
  OomScoreAdj: (value) => Number(value) !== 0,
  OomKillDisable: (value) => value === true,
  Runtime: (value) => !['runc', 'io.containerd.runc.v2'].includes(String(value)),
  ExtraHosts: isFilled,
  LogConfig: (value) => (value as Fields)['Type'] !== 'json-file',
};
