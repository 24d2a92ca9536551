import { list, pointer } from '../json/collections.ts';
import { int64, string } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { stringMap, strings } from './shared.ts';

const topologies = list(struct({ Segments: stringMap }));

/** api/types/volume/cluster_volume.go ClusterVolumeSpec. */
const clusterVolumeSpec = pointer(
  struct({
    Group: string,
    AccessMode: pointer(
      struct({
        Scope: string,
        Sharing: string,
        MountVolume: pointer(struct({ FsType: string, MountFlags: strings })),
        BlockVolume: pointer(struct({})),
      }),
    ),
    AccessibilityRequirements: pointer(struct({ Requisite: topologies, Preferred: topologies })),
    CapacityRange: pointer(struct({ RequiredBytes: int64, LimitBytes: int64 })),
    Secrets: list(struct({ Key: string, Secret: string })),
    Availability: string,
  }),
);

/** api/types/volume CreateRequest. */
export const volumeCreate = struct({
  ClusterVolumeSpec: clusterVolumeSpec,
  Driver: string,
  DriverOpts: stringMap,
  Labels: stringMap,
  Name: string,
});

/** api/types/volume UpdateOptions. */
export const volumeUpdate = struct({ Spec: clusterVolumeSpec });
