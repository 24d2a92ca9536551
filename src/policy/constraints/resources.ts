import { normalSize } from './sizes.ts';
import { feature, inConstraints, listed, quoted } from './common.ts';
import { checkHostDevice } from './devices.ts';
import { each, fields, free, inside, report, type At, type FieldChecks } from './inspection.ts';
import type { ResourceView } from './views.ts';

type Ulimit = NonNullable<NonNullable<ResourceView['Ulimits']>[number]>;
type DeviceRequest = NonNullable<ResourceView['DeviceRequests']>[number];

export const deviceRequest = fields<DeviceRequest>({
  Driver: free,
  Count: free,
  DeviceIDs: free,
  Capabilities: free,
  Options: free,
});

export const ulimit = fields<Ulimit>({ Name: listed('ulimits'), Hard: free, Soft: free });

/** The fields that a create and an update have in common; how much of each is judged below. */
export const RESOURCE_CHECKS: FieldChecks<ResourceView> = {
  CpuShares: free,
  Memory: free,
  NanoCpus: free,
  CgroupParent: listed('cgroup-parents'),
  BlkioWeight: free,
  BlkioWeightDevice: feature('block-devices'),
  BlkioDeviceReadBps: feature('block-devices'),
  BlkioDeviceWriteBps: feature('block-devices'),
  BlkioDeviceReadIOps: feature('block-devices'),
  BlkioDeviceWriteIOps: feature('block-devices'),
  CpuPeriod: free,
  CpuQuota: free,
  CpuRealtimePeriod: feature('realtime'),
  CpuRealtimeRuntime: feature('realtime'),
  CpusetCpus: free,
  CpusetMems: free,
  Devices: each(
    fields<NonNullable<ResourceView['Devices']>[number]>({
      PathOnHost: checkHostDevice,
      PathInContainer: free,
      CgroupPermissions: free,
    }),
  ),
  DeviceCgroupRules: each(listed('device-cgroup-rules')),
  DeviceRequests: each((request: DeviceRequest, at) => {
    deviceRequest(request, at);
    // Without a driver one is chosen by capability: any.
    const driver = request.Driver ?? '';
    if (at.on.constraints.permits('device-drivers', driver === '' ? '*' : driver)) return;
    const needed = inConstraints('device-drivers', driver === '' ? '*' : driver);
    report(at, `the device driver ${quoted(driver)} is not allowed`, needed);
  }),
  KernelMemory: free,
  KernelMemoryTCP: free,
  MemoryReservation: free,
  MemorySwap: free,
  MemorySwappiness: free,
  OomKillDisable: feature('oom'),
  PidsLimit: free,
  Ulimits: each(ulimit),
  CpuCount: free,
  CpuPercent: free,
  IOMaximumIOps: free,
  IOMaximumBandwidth: free,
};

/** What a new container has to be held to. */
export function checkLimits(view: ResourceView, at: At): void {
  const { memory, cpus, pids } = at.on.constraints;
  if (memory !== undefined) checkMemory(view.Memory ?? 0, view.MemorySwap ?? 0, memory, at);
  if (cpus !== undefined) checkCpus(cpusOf(view), cpus, at);
  if (pids !== undefined) checkPids(view.PidsLimit ?? 0, pids, at);
}

/**
 * What a running container is to be held to from now on. What is absent or zero stays as it is,
 * but for processes, of which zero is no limit.
 */
export function checkChangedLimits(view: ResourceView, at: At): void {
  const { memory, cpus, pids } = at.on.constraints;
  const { Memory = 0, MemorySwap = 0 } = view;
  if (memory !== undefined && (Memory !== 0 || MemorySwap !== 0)) {
    checkMemory(Memory === 0 ? memory : Memory, MemorySwap, memory, at);
  }
  if (cpus !== undefined && changesCpus(view)) checkCpus(cpusOf(view), cpus, at);
  if (pids !== undefined && view.PidsLimit !== undefined) checkPids(view.PidsLimit, pids, at);
}

function changesCpus({ NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 }: ResourceView): boolean {
  return NanoCpus !== 0 || CpuQuota !== 0 || CpuPeriod !== 0;
}

function checkMemory(asked: number, swap: number, most: number, view: At): void {
  const needed = `"Memory" of at most ${normalSize(most)}`;
  const at = inside(view, 'Memory');
  if (asked <= 0) report(at, 'a limit of memory is missing', needed);
  else if (asked > most) report(at, `${normalSize(asked)} of memory is too much`, needed);
  // Memory and swap together; 0 is as much swap again.
  if (swap < 0 || swap > 2 * most) {
    report(
      inside(view, 'MemorySwap'),
      'so much swap is not allowed',
      `at most ${normalSize(2 * most)}`,
    );
  }
}

/** CPUs; 0 where there is no limit. */
function cpusOf({ NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 }: ResourceView): number {
  if (NanoCpus !== 0) return NanoCpus / 1e9;
  return CpuQuota / (CpuPeriod === 0 ? 100_000 : CpuPeriod);
}

function checkCpus(asked: number, most: number, view: At): void {
  const at = inside(view, 'NanoCpus');
  const needed = `"NanoCpus" of at most ${most * 1e9}`;
  if (asked <= 0) report(at, 'a limit of CPUs is missing', needed);
  else if (asked > most) report(at, `${asked} CPUs are too much`, needed);
}

function checkPids(asked: number, most: number, view: At): void {
  const at = inside(view, 'PidsLimit');
  const needed = `"PidsLimit" from 1 to ${most}`;
  if (asked <= 0) report(at, 'a limit of processes is missing', needed);
  else if (asked > most) report(at, `${asked} processes are too many`, needed);
}
