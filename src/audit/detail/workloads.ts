import type { BodyView } from '../../docker-api/body/bodies.ts';
import {
  bounded,
  command,
  flag,
  keys,
  name,
  named,
  settings,
  texts,
  type Detail,
  type DetailLevel,
} from './values.ts';

/** What a create of a container asks for that decides over what it can do, and to whom. */
export function containerCreate(body: BodyView<'container.create'>, level: DetailLevel): Detail {
  return {
    image: name(body.Image),
    entrypoint: command(body.Entrypoint, level),
    cmd: command(body.Cmd, level),
    env: settings(body.Env),
    user: name(body.User),
    tty: flag(body.Tty),
    volumes: keys(body.Volumes),
    ...hostConfig(body.HostConfig),
    ...endpoints(body),
  };
}

type HostConfig = NonNullable<BodyView<'container.create'>['HostConfig']>;

function hostConfig(host: HostConfig | null | undefined): Detail {
  if (host === null || host === undefined) return {};
  return {
    privileged: flag(host.Privileged),
    binds: named(host.Binds),
    mounts: mounts(host.Mounts),
    volumes_from: named(host.VolumesFrom),
    network_mode: name(host.NetworkMode),
    published: published(host.PortBindings),
    publish_all: flag(host.PublishAllPorts),
    cap_add: named(host.CapAdd),
    cap_drop: named(host.CapDrop),
    devices: bounded(host.Devices ?? [], (device) =>
      name([device.PathOnHost, device.PathInContainer, device.CgroupPermissions].join(':')),
    ),
    device_requests: bounded(host.DeviceRequests ?? [], (request) => name(request.Driver) ?? 'any'),
    pid_mode: name(host.PidMode),
    ipc_mode: name(host.IpcMode),
    uts_mode: name(host.UTSMode),
    userns_mode: name(host.UsernsMode),
    cgroupns_mode: name(host.CgroupnsMode),
    security_opt: texts(host.SecurityOpt),
    runtime: name(host.Runtime),
    auto_remove: flag(host.AutoRemove),
    restart: restart(host.RestartPolicy?.Name),
    links: named(host.Links),
    group_add: named(host.GroupAdd),
    dns: named([...(host.Dns ?? []), ...(host.DnsOptions ?? []), ...(host.DnsSearch ?? [])]),
    extra_hosts: named(host.ExtraHosts),
    sysctls: keys(host.Sysctls),
    ulimits: bounded(host.Ulimits ?? [], (ulimit) => name(ulimit?.Name)),
    log_driver: name(host.LogConfig?.Type),
    log_options: keys(host.LogConfig?.Config),
    cgroup_parent: name(host.CgroupParent),
    storage_options: keys(host.StorageOpt),
    annotations: keys(host.Annotations),
  };
}

/** `no` is what a container has that asks for nothing. */
function restart(policy: string | undefined): string | undefined {
  return policy === 'no' ? undefined : name(policy);
}

/** Networks besides the one of the network mode, and the names that the container has on them. */
function endpoints(body: BodyView<'container.create'>): Detail {
  const mode = body.HostConfig?.NetworkMode ?? '';
  const all = Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {});
  return {
    networks: named(all.map(([network]) => network).filter((network) => network !== mode)),
    aliases: named(all.flatMap(([, endpoint]) => endpoint?.Aliases ?? [])),
  };
}

type Mounts = HostConfig['Mounts'];

function mounts(list: Mounts) {
  return bounded(list ?? [], ({ Type, Source, Target, ReadOnly }) => ({
    type: name(Type),
    source: name(Source),
    target: name(Target),
    read_only: flag(ReadOnly),
  }));
}

/** `127.0.0.1:8080->80/tcp`, as `docker ps` writes them. */
function published(bindings: HostConfig['PortBindings']): string[] | undefined {
  const ports = Object.entries(bindings ?? {}).flatMap(([port, hosts]) =>
    (hosts ?? []).map(({ HostIp = '', HostPort = '' }) => {
      const address = HostIp.includes(':') ? `[${HostIp}]:` : HostIp && `${HostIp}:`;
      return `${address}${HostPort}->${port}`;
    }),
  );
  return named(ports);
}

/** What an exec will run, and as whom; its start says it again. */
export function execCreate(body: BodyView<'exec.create'>, level: DetailLevel): Detail {
  return {
    cmd: command(body.Cmd, level),
    env: settings(body.Env),
    user: name(body.User),
    workdir: name(body.WorkingDir),
    tty: flag(body.Tty),
    privileged: flag(body.Privileged),
  };
}

export function commit(body: BodyView<'image.commit'>, level: DetailLevel): Detail {
  return {
    entrypoint: command(body.Entrypoint, level),
    cmd: command(body.Cmd, level),
    env: settings(body.Env),
    user: name(body.User),
  };
}

/** A service runs containers on every node; what they are made of counts as for a create. */
export function service(body: BodyView<'service.create'>, level: DetailLevel): Detail {
  const spec = body.TaskTemplate?.ContainerSpec;
  const shared = {
    name: name(body.Name),
    published: bounded(body.EndpointSpec?.Ports ?? [], (port) =>
      name(`${port.PublishedPort}->${port.TargetPort}/${protocolOf(port.Protocol)}`),
    ),
    networks: bounded(body.TaskTemplate?.Networks ?? body.Networks ?? [], ({ Target }) =>
      name(Target),
    ),
  };
  if (spec === undefined) return shared;
  return {
    ...shared,
    image: name(spec.Image),
    command: command(spec.Command, level),
    args: command(spec.Args, level),
    env: settings(spec.Env),
    user: name(spec.User),
    mounts: mounts(spec.Mounts),
    cap_add: named(spec.CapabilityAdd),
    cap_drop: named(spec.CapabilityDrop),
    secrets: bounded(spec.Secrets ?? [], (secret) => name(secret?.SecretName)),
    configs: bounded(spec.Configs ?? [], (config) => name(config?.ConfigName)),
  };
}

/** The daemon's default where none is given. */
function protocolOf(protocol: string | undefined): string {
  return protocol === undefined || protocol === '' ? 'tcp' : protocol;
}
