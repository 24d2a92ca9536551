import { list, pointer } from '../json/collections.ts';
import { boolean, int64, string, uint32 } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { stringMap, strings } from './shared.ts';

/** api/types/mount/mount.go, for containers and for services. */
export const mounts = list(
  struct({
    Type: string,
    Source: string,
    Target: string,
    ReadOnly: boolean,
    Consistency: string,
    BindOptions: pointer(
      struct({
        Propagation: string,
        NonRecursive: boolean,
        CreateMountpoint: boolean,
        ReadOnlyNonRecursive: boolean,
        ReadOnlyForceRecursive: boolean,
      }),
    ),
    VolumeOptions: pointer(
      struct({
        NoCopy: boolean,
        Labels: stringMap,
        Subpath: string,
        DriverConfig: pointer(struct({ Name: string, Options: stringMap })),
      }),
    ),
    ImageOptions: pointer(struct({ Subpath: string })),
    TmpfsOptions: pointer(struct({ SizeBytes: int64, Mode: uint32, Options: list(strings) })),
    ClusterOptions: pointer(struct({})),
  }),
);
