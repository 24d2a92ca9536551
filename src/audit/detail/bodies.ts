import type { BodyAction, BodyView } from '../../docker-api/body/bodies.ts';
import { flag, keys, name, named, text, type Detail, type DetailLevel } from './values.ts';
import { commit, containerCreate, execCreate, service } from './workloads.ts';

/** A body that was read, by its action. */
export type BodyOf = {
  readonly [A in BodyAction]: { readonly action: A; readonly view: BodyView<A> };
}[BodyAction];

type Describe<A extends BodyAction> = (view: BodyView<A>, level: DetailLevel) => Detail;

/**
 * What the trail tells of each body. Left out, always: values of environments, labels and options, passwords and
 * tokens of registries, join tokens, unlock keys, keys of a CA, payloads of secrets and configs.
 */
const DESCRIBE: { readonly [A in BodyAction]?: Describe<A> } = {
  'container.create': containerCreate,
  'exec.create': execCreate,
  'exec.start': (body) => ({ detach: flag(body.Detach) }),
  'image.commit': commit,
  'service.create': service,
  'service.update': service,
  'volume.create': (body) => ({
    name: name(body.Name),
    driver: name(body.Driver),
    driver_opts: keys(body.DriverOpts),
    // The local driver mounts whatever of the host this names.
    device: text(body.DriverOpts?.['device']),
  }),
  'network.create': (body) => ({
    name: name(body.Name),
    driver: name(body.Driver),
    internal: flag(body.Internal),
    attachable: flag(body.Attachable),
  }),
  'network.connect': (body) => ({ container: name(body.Container) }),
  'network.disconnect': (body) => ({ container: name(body.Container), force: flag(body.Force) }),
  'registry.login': (body) => ({ server: text(body.serveraddress) }),
  'secret.create': (body) => ({ name: name(body.Name) }),
  'secret.update': (body) => ({ name: name(body.Name) }),
  'config.create': (body) => ({ name: name(body.Name) }),
  'config.update': (body) => ({ name: name(body.Name) }),
  'swarm.init': (body) => ({
    listen: name(body.ListenAddr),
    advertise: name(body.AdvertiseAddr),
    force_new_cluster: flag(body.ForceNewCluster),
    autolock: flag(body.AutoLockManagers) ?? flag(body.Spec?.EncryptionConfig?.AutoLockManagers),
  }),
  'swarm.join': (body) => ({
    listen: name(body.ListenAddr),
    advertise: name(body.AdvertiseAddr),
    remotes: named(body.RemoteAddrs),
  }),
  'node.update': (body) => ({ role: name(body.Role), availability: name(body.Availability) }),
};

/** Whether the body of an action is needed for what the trail tells of it. */
export function isDescribed(action: string): boolean {
  return Object.hasOwn(DESCRIBE, action);
}

/** @returns undefined where the trail tells nothing of such a body. */
export function describeBody({ action, view }: BodyOf, level: DetailLevel): Detail | undefined {
  const describe = DESCRIBE[action] as Describe<BodyAction> | undefined;
  return describe?.(view, level);
}
