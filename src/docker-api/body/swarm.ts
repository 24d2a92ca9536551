import { list, pointer } from '../json/collections.ts';
import { boolean, bytes, int64, string, uint32, uint64 } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { ANNOTATIONS, driver } from './service.ts';
import { optionalInt64, stringMap, strings } from './shared.ts';

/** api/types/swarm/swarm.go Spec, alone in an update. */
export const swarmSpec = struct({
  ...ANNOTATIONS,
  Orchestration: struct({ TaskHistoryRetentionLimit: optionalInt64 }),
  Raft: struct({
    SnapshotInterval: uint64,
    KeepOldSnapshots: pointer(uint64),
    LogEntriesForSlowFollowers: uint64,
    ElectionTick: int64,
    HeartbeatTick: int64,
  }),
  Dispatcher: struct({ HeartbeatPeriod: int64 }),
  CAConfig: struct({
    NodeCertExpiry: int64,
    ExternalCAs: list(
      pointer(struct({ Protocol: string, URL: string, Options: stringMap, CACert: string })),
    ),
    SigningCACert: string,
    SigningCAKey: string,
    ForceRotate: uint64,
  }),
  TaskDefaults: struct({ LogDriver: driver }),
  EncryptionConfig: struct({ AutoLockManagers: boolean }),
});

/** api/types/swarm/swarm.go InitRequest. */
export const swarmInit = struct({
  ListenAddr: string,
  AdvertiseAddr: string,
  DataPathAddr: string,
  DataPathPort: uint32,
  ForceNewCluster: boolean,
  Spec: swarmSpec,
  AutoLockManagers: boolean,
  Availability: string,
  DefaultAddrPool: strings,
  SubnetSize: uint32,
});

/** api/types/swarm/swarm.go JoinRequest. */
export const swarmJoin = struct({
  ListenAddr: string,
  AdvertiseAddr: string,
  DataPathAddr: string,
  RemoteAddrs: strings,
  JoinToken: string,
  Availability: string,
});

export const swarmUnlock = struct({ UnlockKey: string });

/** api/types/swarm/node.go NodeSpec. */
export const nodeUpdate = struct({ ...ANNOTATIONS, Role: string, Availability: string });

/** api/types/swarm SecretSpec and ConfigSpec, of a create and of an update. */
export const secretSpec = struct({
  ...ANNOTATIONS,
  Data: bytes,
  Driver: driver,
  Templating: driver,
});
export const configSpec = struct({ ...ANNOTATIONS, Data: bytes, Templating: driver });
