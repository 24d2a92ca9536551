import { list, pointer } from '../json/collections.ts';
import { float32, int64, string, uint32, uint64 } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { optionalInt64, stringMap, strings } from './shared.ts';
import { containerSpec, pluginSpec } from './task.ts';

/** api/types/swarm/common.go Annotations, embedded in every spec. */
export const ANNOTATIONS = { Name: string, Labels: stringMap } as const;
/** api/types/swarm/common.go Driver. */
export const driver = pointer(struct({ Name: string, Options: stringMap }));

const optionalUint64 = pointer(uint64);
const networks = list(struct({ Target: string, Aliases: strings, DriverOpts: stringMap }));

/** api/types/swarm/task.go ResourceRequirements. */
const resources = pointer(
  struct({
    Limits: pointer(struct({ NanoCPUs: int64, MemoryBytes: int64, Pids: int64 })),
    Reservations: pointer(
      struct({
        NanoCPUs: int64,
        MemoryBytes: int64,
        GenericResources: list(
          struct({
            NamedResourceSpec: pointer(struct({ Kind: string, Value: string })),
            DiscreteResourceSpec: pointer(struct({ Kind: string, Value: int64 })),
          }),
        ),
      }),
    ),
    SwapBytes: optionalInt64,
    MemorySwappiness: optionalInt64,
  }),
);

/** api/types/swarm/task.go TaskSpec. */
const taskSpec = struct({
  ContainerSpec: containerSpec,
  PluginSpec: pluginSpec,
  NetworkAttachmentSpec: pointer(struct({ ContainerID: string })),
  Resources: resources,
  RestartPolicy: pointer(
    struct({
      Condition: string,
      Delay: optionalInt64,
      MaxAttempts: optionalUint64,
      Window: optionalInt64,
    }),
  ),
  Placement: pointer(
    struct({
      Constraints: strings,
      Preferences: list(struct({ Spread: pointer(struct({ SpreadDescriptor: string })) })),
      MaxReplicas: uint64,
      Platforms: list(struct({ Architecture: string, OS: string })),
    }),
  ),
  Networks: networks,
  LogDriver: driver,
  ForceUpdate: uint64,
  Runtime: string,
});

const updateConfig = pointer(
  struct({
    Parallelism: uint64,
    Delay: int64,
    FailureAction: string,
    Monitor: int64,
    MaxFailureRatio: float32,
    Order: string,
  }),
);

/** api/types/swarm/service.go ServiceSpec, of a create and of an update. */
export const serviceSpec = struct({
  ...ANNOTATIONS,
  TaskTemplate: taskSpec,
  Mode: struct({
    Replicated: pointer(struct({ Replicas: optionalUint64 })),
    Global: pointer(struct({})),
    ReplicatedJob: pointer(
      struct({ MaxConcurrent: optionalUint64, TotalCompletions: optionalUint64 }),
    ),
    GlobalJob: pointer(struct({})),
  }),
  UpdateConfig: updateConfig,
  RollbackConfig: updateConfig,
  Networks: networks,
  EndpointSpec: pointer(
    struct({
      Mode: string,
      Ports: list(
        struct({
          Name: string,
          Protocol: string,
          TargetPort: uint32,
          PublishedPort: uint32,
          PublishMode: string,
        }),
      ),
    }),
  ),
});
