import { list, pointer } from '../json/collections.ts';
import { boolean, bytes, int64, string, uint32 } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';
import { mounts } from './mount.ts';
import { healthConfig, optionalBoolean, optionalInt64 } from './shared.ts';
import { stringMap, strings, ulimits } from './shared.ts';

/** api/types/swarm/container.go Privileges. */
const privileges = pointer(
  struct({
    CredentialSpec: pointer(struct({ Config: string, File: string, Registry: string })),
    SELinuxContext: pointer(
      struct({ Disable: boolean, User: string, Role: string, Type: string, Level: string }),
    ),
    Seccomp: pointer(struct({ Mode: string, Profile: bytes })),
    AppArmor: pointer(struct({ Mode: string })),
    NoNewPrivileges: boolean,
  }),
);

const fileTarget = pointer(struct({ Name: string, UID: string, GID: string, Mode: uint32 }));

/** api/types/swarm/container.go ContainerSpec. */
export const containerSpec = pointer(
  struct({
    Image: string,
    Labels: stringMap,
    Command: strings,
    Args: strings,
    Hostname: string,
    Env: strings,
    Dir: string,
    User: string,
    Groups: strings,
    Privileges: privileges,
    Init: optionalBoolean,
    StopSignal: string,
    TTY: boolean,
    OpenStdin: boolean,
    ReadOnly: boolean,
    Mounts: mounts,
    StopGracePeriod: optionalInt64,
    Healthcheck: healthConfig,
    Hosts: strings,
    DNSConfig: pointer(struct({ Nameservers: strings, Search: strings, Options: strings })),
    Secrets: list(pointer(struct({ File: fileTarget, SecretID: string, SecretName: string }))),
    Configs: list(
      pointer(
        struct({
          File: fileTarget,
          Runtime: pointer(struct({})),
          ConfigID: string,
          ConfigName: string,
        }),
      ),
    ),
    Isolation: string,
    Sysctls: stringMap,
    CapabilityAdd: strings,
    CapabilityDrop: strings,
    Ulimits: ulimits,
    OomScoreAdj: int64,
  }),
);

/** api/types/swarm/runtime PluginSpec: its names are in lower case. */
export const pluginSpec = pointer(
  struct({
    name: string,
    remote: string,
    privileges: list(pointer(struct({ name: string, description: string, value: strings }))),
    disabled: boolean,
    env: strings,
  }),
);
