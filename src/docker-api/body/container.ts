import { map, pointer, strSlice, tuple } from '../json/collections.ts';
import { boolean, int64, string, uint64 } from '../json/scalars.ts';
import { ignored } from '../json/skip.ts';
import { struct } from '../json/struct.ts';
import { networkingConfig } from './endpoint.ts';
import { HARMLESS_STRAYS, hostConfig, legacyHostConfig, STRAY_HOST_CONFIG } from './host-config.ts';
import { samePort } from './port.ts';
import { RESOURCES, restartPolicy } from './resources.ts';
import { healthConfig, stringMap, strings } from './shared.ts';

/** api/types/container/config.go Config: at the top level of a create, and of a commit. */
const CONFIG = {
  Hostname: string,
  Domainname: string,
  User: string,
  AttachStdin: boolean,
  AttachStdout: boolean,
  AttachStderr: boolean,
  ExposedPorts: map(struct({}), samePort),
  Tty: boolean,
  OpenStdin: boolean,
  StdinOnce: boolean,
  Env: strings,
  Cmd: strSlice,
  Healthcheck: healthConfig,
  ArgsEscaped: boolean,
  Image: string,
  Volumes: map(struct({})),
  WorkingDir: string,
  Entrypoint: strSlice,
  NetworkDisabled: boolean,
  OnBuild: strings,
  Labels: stringMap,
  StopSignal: string,
  StopTimeout: pointer(int64),
  Shell: strSlice,
} as const;

/** Below API 1.52 the container's MAC address stands here too. */
const LEGACY_CONFIG = { ...CONFIG, MacAddress: string } as const;

/** api/types/container/create_request.go CreateRequest. */
export const containerCreate = struct(
  { ...CONFIG, HostConfig: pointer(hostConfig), NetworkingConfig: networkingConfig },
  STRAY_HOST_CONFIG,
  HARMLESS_STRAYS,
);

export const legacyContainerCreate = struct(
  { ...LEGACY_CONFIG, HostConfig: pointer(legacyHostConfig), NetworkingConfig: networkingConfig },
  STRAY_HOST_CONFIG,
  HARMLESS_STRAYS,
);

/** api/types/container/hostconfig.go UpdateConfig. */
export const containerUpdate = struct({ ...RESOURCES, RestartPolicy: restartPolicy });

/** Daemons of API 1.24 and later take no HostConfig at a start; whatever comes is unknown. */
export const containerStart = struct({});

/** moby daemon/server/router/container decodeCommitRequest. */
export const imageCommit = struct(LEGACY_CONFIG);

/**
 * api/types/container/exec_create_request.go; `Detach` until 26.0. docker-py sends `Container` too, which
 * the path tells.
 */
export const execCreate = struct({
  User: string,
  Privileged: boolean,
  Tty: boolean,
  ConsoleSize: pointer(tuple(2, uint64)),
  AttachStdin: boolean,
  AttachStderr: boolean,
  AttachStdout: boolean,
  Detach: boolean,
  DetachKeys: string,
  Env: strings,
  WorkingDir: string,
  Cmd: strings,
  Container: ignored,
});

/** api/types/container/exec.go ExecStartRequest. */
export const execStart = struct({
  Detach: boolean,
  Tty: boolean,
  ConsoleSize: pointer(tuple(2, uint64)),
});

/** api/types/checkpoint CreateOptions. */
export const checkpointCreate = struct({
  CheckpointID: string,
  CheckpointDir: string,
  Exit: boolean,
});
