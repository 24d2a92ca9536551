import { checkListed, feature, keysListed, listed, quoted } from './common.ts';
import { each, fields, free, never, report, unless, type Check } from './inspection.ts';
import { joinedBefore, namespaceMode } from './joins.ts';
import { logConfig } from './logs.ts';
import { binds, mounts, tmpfs, volumeDriver } from './mounts.ts';
import { extraHosts, networkMode } from './networks.ts';
import { portBindings } from './ports.ts';
import { RESOURCE_CHECKS } from './resources.ts';
import { capabilitiesToAdd } from './security.ts';
import { checkGroup } from './users.ts';
import { inConstraints } from './common.ts';
import type { HostConfigView } from './views.ts';

/** `always`, `unless-stopped`, `on-failure`: a container that comes back by itself. */
export const restartPolicy = fields<NonNullable<HostConfigView['RestartPolicy']>>({
  Name: (name, at) => {
    if (name !== 'no') feature('restart')(name, at);
  },
  MaximumRetryCount: free,
});

/** `sysctls` are named with dots, or with slashes. */
export const sysctls: Check<Readonly<Record<string, string>>> = (map, at) => {
  for (const name of Object.keys(map)) checkListed('sysctls', name.replaceAll('/', '.'), at);
};

/** An empty list unmasks: only an absent one is the daemon's own. */
const pathList: Check<readonly string[]> = (_, at) => {
  if (at.on.constraints.hasFeature('unmask-paths')) return;
  report(
    at,
    'the daemon’s own list may not be replaced',
    inConstraints('features', 'unmask-paths'),
  );
};

export const privileged: Check<boolean> = unless(
  ({ constraints }) => constraints.privileged,
  '"constraints: privileged: true"',
);

export const oomScore: Check<number> = (score, at) => {
  if (score < 0) feature('oom')(score, at);
};

export const isolation: Check<string> = (text, at) => {
  if (!['', 'default'].includes(text.toLowerCase())) {
    report(at, `the isolation ${quoted(text)}`, 'none, or "default"');
  }
};

/** The legacy list of all capabilities that a container gets (API 1.40). */
const exactCapabilities: Check<readonly string[]> = never;

export const hostConfig = fields<HostConfigView>({
  ...RESOURCE_CHECKS,
  Binds: binds,
  ContainerIDFile: free,
  LogConfig: logConfig,
  NetworkMode: networkMode,
  PortBindings: portBindings,
  RestartPolicy: restartPolicy,
  AutoRemove: feature('auto-remove'),
  VolumeDriver: volumeDriver,
  VolumesFrom: each(joinedBefore),
  ConsoleSize: free,
  Annotations: keysListed('annotations'),
  CapAdd: capabilitiesToAdd,
  CapDrop: free,
  CgroupnsMode: namespaceMode('cgroup', ['private']),
  Dns: feature('dns'),
  DnsOptions: feature('dns'),
  DnsSearch: feature('dns'),
  ExtraHosts: extraHosts,
  GroupAdd: each((group: string, at) => {
    checkGroup(group, at);
  }),
  IpcMode: namespaceMode('ipc', ['none', 'private']),
  Cgroup: namespaceMode('cgroup', []),
  Links: each(joinedBefore),
  OomScoreAdj: oomScore,
  PidMode: namespaceMode('pid', []),
  Privileged: privileged,
  PublishAllPorts: feature('publish-all'),
  ReadonlyRootfs: free,
  // Judged as a whole, for what may be missing.
  SecurityOpt: free,
  StorageOpt: feature('storage-options'),
  Tmpfs: tmpfs,
  UTSMode: namespaceMode('uts', []),
  UsernsMode: namespaceMode('user', []),
  ShmSize: free,
  Sysctls: sysctls,
  Runtime: listed('runtimes'),
  Isolation: isolation,
  Mounts: mounts,
  MaskedPaths: pathList,
  ReadonlyPaths: pathList,
  Init: free,
  Capabilities: exactCapabilities,
});
