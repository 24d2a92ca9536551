import { list, map, strSlice, tuple } from '../json/collections.ts';
import { boolean, int64, string, uint64 } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { mounts } from './mount.ts';
import { samePort } from './port.ts';
import { RESOURCES, restartPolicy } from './resources.ts';
import { optionalBoolean, stringMap, strings } from './shared.ts';

/** api/types/container/hostconfig.go HostConfig. */
const HOST_CONFIG = {
  ...RESOURCES,
  Binds: strings,
  ContainerIDFile: string,
  LogConfig: struct({ Type: string, Config: stringMap }),
  NetworkMode: string,
  PortBindings: map(list(struct({ HostIp: string, HostPort: string })), samePort),
  RestartPolicy: restartPolicy,
  AutoRemove: boolean,
  VolumeDriver: string,
  VolumesFrom: strings,
  ConsoleSize: tuple(2, uint64),
  Annotations: stringMap,
  CapAdd: strSlice,
  CapDrop: strSlice,
  CgroupnsMode: string,
  Dns: strings,
  DnsOptions: strings,
  DnsSearch: strings,
  ExtraHosts: strings,
  GroupAdd: strings,
  IpcMode: string,
  Cgroup: string,
  Links: strings,
  OomScoreAdj: int64,
  PidMode: string,
  Privileged: boolean,
  PublishAllPorts: boolean,
  ReadonlyRootfs: boolean,
  SecurityOpt: strings,
  StorageOpt: stringMap,
  Tmpfs: stringMap,
  UTSMode: string,
  UsernsMode: string,
  ShmSize: int64,
  Sysctls: stringMap,
  Runtime: string,
  Isolation: string,
  Mounts: mounts,
  MaskedPaths: strings,
  ReadonlyPaths: strings,
  Init: optionalBoolean,
} as const;

/** As of API 1.52. */
export const hostConfig = struct(HOST_CONFIG);

/**
 * Below API 1.52: `Capabilities` was the exact list of capabilities in 19.03 (API 1.40); later
 * daemons look for it in a pass of its own (moby daemon/server/router/container).
 */
export const legacyHostConfig = struct({ ...HOST_CONFIG, Capabilities: strings });

/**
 * Older daemons (20.10 among them) embed a HostConfig at the top level of a create body too, and
 * make the container with it where there is no `HostConfig` (moby runconfig/config_unix.go
 * ContainerConfigWrapper); newer ones ignore these fields. `Cpuset` is one more of that kind.
 */
export const STRAY_HOST_CONFIG = [...Object.keys(HOST_CONFIG), 'Capabilities', 'Cpuset'];

/**
 * dockerode sends `"VolumesFrom":[]` with each run. Of no other field is an empty list let through: that of
 * `MaskedPaths` or `ReadonlyPaths` takes the daemon's own away.
 */
export const HARMLESS_STRAYS = ['VolumesFrom'];
