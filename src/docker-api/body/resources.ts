import { list, pointer } from '../json/collections.ts';
import { int64, string, uint16, uint64 } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { optionalBoolean, optionalInt64, stringMap, strings, ulimits } from './shared.ts';

/** api/types/blkiodev */
const throttleDevices = list(pointer(struct({ Path: string, Rate: uint64 })));
const weightDevices = list(pointer(struct({ Path: string, Weight: uint16 })));

/**
 * api/types/container/hostconfig.go Resources: embedded, so in HostConfig and in an update its
 * fields stand among the others.
 */
export const RESOURCES = {
  CpuShares: int64,
  Memory: int64,
  NanoCpus: int64,
  CgroupParent: string,
  BlkioWeight: uint16,
  BlkioWeightDevice: weightDevices,
  BlkioDeviceReadBps: throttleDevices,
  BlkioDeviceWriteBps: throttleDevices,
  BlkioDeviceReadIOps: throttleDevices,
  BlkioDeviceWriteIOps: throttleDevices,
  CpuPeriod: int64,
  CpuQuota: int64,
  CpuRealtimePeriod: int64,
  CpuRealtimeRuntime: int64,
  CpusetCpus: string,
  CpusetMems: string,
  Devices: list(struct({ PathOnHost: string, PathInContainer: string, CgroupPermissions: string })),
  DeviceCgroupRules: strings,
  DeviceRequests: list(
    struct({
      Driver: string,
      Count: int64,
      DeviceIDs: strings,
      Capabilities: list(strings),
      Options: stringMap,
    }),
  ),
  KernelMemory: int64,
  KernelMemoryTCP: int64,
  MemoryReservation: int64,
  MemorySwap: int64,
  MemorySwappiness: optionalInt64,
  OomKillDisable: optionalBoolean,
  PidsLimit: optionalInt64,
  Ulimits: ulimits,
  CpuCount: int64,
  CpuPercent: int64,
  IOMaximumIOps: uint64,
  IOMaximumBandwidth: uint64,
} as const;

export const restartPolicy = struct({ Name: string, MaximumRetryCount: int64 });
