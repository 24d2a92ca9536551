import { readBuildQuery } from '../../docker-api/build-query.ts';
import type { Operation } from '../../docker-api/operation.ts';
import { mayBeImageId } from '../image-pattern.ts';
import { bare } from '../objects.ts';
import type { CallBody, Reference } from '../types.ts';
import { beforeColon, joinedBy } from './joins.ts';
import { needsLookup } from './networks.ts';
import type { Constraints } from './constraints.ts';
import type { CreateView, EndpointView, MountView, ServiceView } from './views.ts';

/** The objects besides its own that constraints have to know of, to judge a call. */
export function constraintReferences(
  constraints: Constraints,
  { action, query, subject }: Operation,
  body: CallBody | undefined,
): readonly Reference[] {
  switch (action) {
    case 'image.build': {
      const mode = readBuildQuery(query).networkMode;
      return [...joined([mode], 'query'), ...networks([mode], 'query')];
    }
    case 'image.tag':
      if (constraints.images === undefined) return [];
      return images(constraints, subject.names).map((one) => ({ ...one, from: 'path' }));
    case 'network.connect':
      return [
        ...networks(subject.names, 'path'),
        ...(body?.action === action ? endpointNetworks([body.view.EndpointConfig]) : []),
      ];
    default:
      break;
  }
  if (body?.action === 'container.create') return ofContainer(constraints, body.view);
  if (body?.action === 'service.create' || body?.action === 'service.update') {
    return ofService(constraints, body.view);
  }
  return [];
}

function ofContainer(constraints: Constraints, view: CreateView): readonly Reference[] {
  const { HostConfig = {}, NetworkingConfig = {}, Image = '', User = '' } = view;
  const { NetworkMode = '', PidMode = '', IpcMode = '', Cgroup = '' } = HostConfig;
  const modes = [NetworkMode, PidMode, IpcMode, Cgroup];
  const others = [...(HostConfig.VolumesFrom ?? []), ...(HostConfig.Links ?? [])].map(beforeColon);
  const binds = (HostConfig.Binds ?? []).filter((bind) => /^[^/:]+:/.test(bind));
  return [
    ...joined(modes, 'body'),
    ...others.map((ref) => ({ kind: 'container', ref: bare(ref), from: 'body' }) as const),
    ...networks([NetworkMode, ...Object.keys(NetworkingConfig.EndpointsConfig ?? {})], 'body'),
    ...endpointNetworks(Object.values(NetworkingConfig.EndpointsConfig ?? {})),
    ...volumes([...binds.map(beforeColon), ...mountedVolumes(HostConfig.Mounts)]),
    ...images(constraints, [Image, ...mountedImages(HostConfig.Mounts)]),
    ...(isLookedInto(constraints, User) ? [imageOf(Image)] : []),
  ];
}

/** Whether it counts what an image brings by itself: a user, or variables that ask for devices. */
function isLookedInto(constraints: Constraints, user: string): boolean {
  const countsUser = user === '' && constraints.users !== undefined;
  return countsUser || !constraints.permits('device-drivers', 'nvidia');
}

function ofService(constraints: Constraints, view: ServiceView): readonly Reference[] {
  const { ContainerSpec = {}, Networks } = view.TaskTemplate ?? {};
  const attachments = [...(Networks ?? []), ...(view.Networks ?? [])];
  return [
    ...attachments.map(
      ({ Target = '' }) => ({ kind: 'network', ref: Target, from: 'body' }) as const,
    ),
    ...volumes(mountedVolumes(ContainerSpec.Mounts)),
    ...images(constraints, [ContainerSpec.Image ?? '', ...mountedImages(ContainerSpec.Mounts)]),
  ];
}

type Mounts = readonly MountView[] | undefined;

function mountedVolumes(mounts: Mounts): readonly string[] {
  return sources(mounts, 'volume');
}

function mountedImages(mounts: Mounts): readonly string[] {
  return sources(mounts, 'image');
}

function sources(mounts: Mounts = [], type: string): readonly string[] {
  return mounts
    .filter((mount) => mount.Type === type)
    .map(({ Source = '' }) => Source)
    .filter((source) => source !== '');
}

function joined(modes: readonly string[], from: Reference['from']): readonly Reference[] {
  return modes
    .map(joinedBy)
    .filter((ref) => ref !== undefined)
    .map((ref) => ({ kind: 'container', ref: bare(ref), from }));
}

function networks(refs: readonly string[], from: Reference['from']): readonly Reference[] {
  return refs.filter(needsLookup).map((ref) => ({ kind: 'network', ref, from }));
}

/** What endpoints name by `NetworkID`, besides the key or path that they stand under. */
function endpointNetworks(
  endpoints: readonly (EndpointView | null | undefined)[],
): readonly Reference[] {
  const ids = endpoints.map((endpoint) => endpoint?.NetworkID ?? '');
  return ids.filter((id) => id !== '').map((ref) => ({ kind: 'network', ref, from: 'body' }));
}

function volumes(names: readonly string[]): readonly Reference[] {
  return names.map((ref) => ({ kind: 'volume', ref, from: 'body' }));
}

/** By its name an image is judged as it is called; by what may be an id, the daemon has to tell. */
function images({ images: patterns, registries }: Constraints, refs: readonly string[]) {
  if (patterns === undefined && registries === undefined) return [];
  return refs.filter(mayBeImageId).map(imageOf);
}

function imageOf(ref: string): Reference {
  return { kind: 'image', ref, from: 'body' };
}
