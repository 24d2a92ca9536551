import type { BodyView } from '../../docker-api/body/bodies.ts';
import {
  bounded,
  command,
  flag,
  keys,
  names,
  text,
  texts,
  type Detail,
  type DetailLevel,
} from './values.ts';

/** What a create of a container asks for that decides over what it can do, and to whom. */
export function containerCreate(body: BodyView<'container.create'>, level: DetailLevel): Detail {
  return {
    image: text(body.Image),
    entrypoint: command(body.Entrypoint, level),
    cmd: command(body.Cmd, level),
    env: names(body.Env),
    user: text(body.User),
    tty: flag(body.Tty),
    volumes: keys(body.Volumes),
    ...hostConfig(body.HostConfig),
  };
}

type HostConfig = NonNullable<BodyView<'container.create'>['HostConfig']>;

function hostConfig(host: HostConfig | null | undefined): Detail {
  if (host === null || host === undefined) return {};
  return {
    privileged: flag(host.Privileged),
    binds: texts(host.Binds),
    mounts: mounts(host.Mounts),
    volumes_from: texts(host.VolumesFrom),
    network_mode: text(host.NetworkMode),
    published: published(host.PortBindings),
    publish_all: flag(host.PublishAllPorts),
    cap_add: texts(host.CapAdd),
    cap_drop: texts(host.CapDrop),
    devices: bounded(host.Devices ?? [], (device) =>
      text([device.PathOnHost, device.PathInContainer, device.CgroupPermissions].join(':')),
    ),
    device_requests: bounded(host.DeviceRequests ?? [], (request) => text(request.Driver) ?? 'any'),
    pid_mode: text(host.PidMode),
    ipc_mode: text(host.IpcMode),
    uts_mode: text(host.UTSMode),
    userns_mode: text(host.UsernsMode),
    cgroupns_mode: text(host.CgroupnsMode),
    security_opt: texts(host.SecurityOpt),
    runtime: text(host.Runtime),
    auto_remove: flag(host.AutoRemove),
  };
}

type Mounts = HostConfig['Mounts'];

function mounts(list: Mounts) {
  return bounded(list ?? [], ({ Type, Source, Target, ReadOnly }) => ({
    type: text(Type),
    source: text(Source),
    target: text(Target),
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
  return texts(ports);
}

/** What an exec will run, and as whom; its start says it again. */
export function execCreate(body: BodyView<'exec.create'>, level: DetailLevel): Detail {
  return {
    cmd: command(body.Cmd, level),
    env: names(body.Env),
    user: text(body.User),
    workdir: text(body.WorkingDir),
    tty: flag(body.Tty),
    privileged: flag(body.Privileged),
  };
}

export function commit(body: BodyView<'image.commit'>, level: DetailLevel): Detail {
  return {
    entrypoint: command(body.Entrypoint, level),
    cmd: command(body.Cmd, level),
    env: names(body.Env),
    user: text(body.User),
  };
}

/** A service runs containers on every node; what they are made of counts as for a create. */
export function service(body: BodyView<'service.create'>, level: DetailLevel): Detail {
  const spec = body.TaskTemplate?.ContainerSpec;
  const shared = {
    name: text(body.Name),
    published: bounded(body.EndpointSpec?.Ports ?? [], (port) =>
      text(`${port.PublishedPort}->${port.TargetPort}/${port.Protocol || 'tcp'}`),
    ),
    networks: bounded(body.TaskTemplate?.Networks ?? body.Networks ?? [], ({ Target }) =>
      text(Target),
    ),
  };
  if (spec === null || spec === undefined) return shared;
  return {
    ...shared,
    image: text(spec.Image),
    command: command(spec.Command, level),
    args: command(spec.Args, level),
    env: names(spec.Env),
    user: text(spec.User),
    mounts: mounts(spec.Mounts),
    cap_add: texts(spec.CapabilityAdd),
    cap_drop: texts(spec.CapabilityDrop),
    secrets: bounded(spec.Secrets ?? [], (secret) => text(secret?.SecretName)),
    configs: bounded(spec.Configs ?? [], (config) => text(config?.ConfigName)),
  };
}
