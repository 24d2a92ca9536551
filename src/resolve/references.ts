import type { BodyAction, BodyView } from '../docker-api/body/bodies.ts';
import type { Action } from '../docker-api/effects.ts';
import type { Place } from '../docker-api/json/replace.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { ObjectKind } from './types.ts';

/** A body as it was read. */
export type ReadView = {
  readonly [A in BodyAction]: { readonly action: A; readonly view: BodyView<A> };
}[BodyAction];

/** An object that a body names, and where it does. */
export interface BodyReference {
  readonly kind: Exclude<ObjectKind, 'exec'>;
  /** What the daemon looks up. */
  readonly reference: string;
  /** Where it stands: as a string, or as the key of a map. */
  readonly places: readonly { readonly place: Place; readonly isKey: boolean }[];
  /** What stands there with another reference in it. */
  readonly with: (reference: string) => string;
  /** True where the daemon itself writes the id there, so that no name has to be kept. */
  readonly goesById?: true;
}

/**
 * The kind of object that path and query of a call name, where that object has to be there already;
 * undefined for a name that is yet to be given, and for kinds that the daemon is not asked about.
 */
export function existingKind({ action, subject }: Operation): ObjectKind | undefined {
  if (subject.names.length === 0 || NEW_NAMES.has(action)) return undefined;
  return KINDS.find((kind) => kind === subject.kind);
}

const KINDS: readonly ObjectKind[] = ['container', 'exec', 'network', 'image', 'volume'];

const NEW_NAMES: ReadonlySet<Action> = new Set<Action>([
  'container.create',
  'image.pull',
  'image.import',
  'image.build',
  'distribution.inspect',
]);

/** `/web` and `web` are one container (daemon/container.go, GetByName). */
export function bareName(kind: ObjectKind, reference: string): string {
  return kind === 'container' ? reference.replace(/^\//, '') : reference;
}

/** Every container, network, volume and image that a body names. */
export function referencesIn(body: ReadView): readonly BodyReference[] {
  switch (body.action) {
    case 'network.connect': {
      const id = body.view.EndpointConfig?.NetworkID ?? '';
      const preferred = whole('network', id, ['EndpointConfig', 'NetworkID']);
      return [containerIn(body.view), ...(id === '' ? [] : [preferred])];
    }
    case 'network.disconnect':
      return [containerIn(body.view)];
    case 'container.create':
      return referencesInCreate(body.view);
    case 'service.create':
    case 'service.update':
      return referencesInService(body.view);
    default:
      return [];
  }
}

/** Networks of the swarm; the daemon looks at those beside the task only where the task has none. */
function referencesInService(view: BodyView<'service.create'>): readonly BodyReference[] {
  const ofTask = view.TaskTemplate?.Networks ?? [];
  const beside = view.Networks ?? [];
  return [
    ...ofTask.map((one, index) => attachment(one, ['TaskTemplate', 'Networks', index, 'Target'])),
    ...beside.map((one, index) => attachment(one, ['Networks', index, 'Target'])),
  ];
}

function attachment({ Target = '' }, place: Place): BodyReference {
  return { ...whole('network', Target, place), goesById: true };
}

function containerIn({ Container = '' }: { readonly Container?: string }): BodyReference {
  return whole('container', Container, ['Container']);
}

type CreateView = BodyView<'container.create'>;
type HostConfig = NonNullable<CreateView['HostConfig']>;

function referencesInCreate(view: CreateView): readonly BodyReference[] {
  const host = view.HostConfig ?? {};
  const image = view.Image ?? '';
  return [
    ...(image === '' ? [] : [whole('image', image, ['Image'])]),
    ...namespaces(host),
    ...firstParts('VolumesFrom', host.VolumesFrom ?? []),
    ...firstParts('Links', host.Links ?? []),
    ...networks(view, host),
    ...volumes(host),
    ...mountedImages(host),
  ];
}

/** Modes that take the namespace of another container (api/types/container/hostconfig.go). */
const MODES = ['NetworkMode', 'PidMode', 'IpcMode', 'Cgroup'] as const;
const OTHER = 'container:';

function namespaces(host: HostConfig): BodyReference[] {
  return MODES.filter((name) => host[name]?.startsWith(OTHER) === true).map((name) => ({
    kind: 'container',
    reference: (host[name] ?? '').slice(OTHER.length),
    places: [at('HostConfig', name)],
    with: (reference) => `${OTHER}${reference}`,
  }));
}

/** `CONTAINER[:MODE]` of VolumesFrom, `CONTAINER[:ALIAS]` of Links. */
function firstParts(name: 'VolumesFrom' | 'Links', specs: readonly string[]): BodyReference[] {
  return specs.map((spec, index) => {
    const colon = spec.indexOf(':');
    const rest = colon < 0 ? '' : spec.slice(colon);
    // Without an alias, a link is called like the container that it leads to.
    const alias = name === 'Links' && rest === '' ? `:${spec.replace(/^\//, '')}` : rest;
    return {
      kind: 'container',
      reference: colon < 0 ? spec : spec.slice(0, colon),
      places: [at('HostConfig', name, index)],
      with: (reference) => `${reference}${alias}`,
    };
  });
}

/** What NetworkMode may say without naming a network that somebody made. */
const BUILT_IN: ReadonlySet<string> = new Set(['', 'default', 'bridge', 'host', 'none', 'nat']);

function networks(view: CreateView, host: HostConfig): BodyReference[] {
  const mode = host.NetworkMode ?? '';
  const endpoints = Object.keys(view.NetworkingConfig?.EndpointsConfig ?? {});
  const isNamed = !mode.startsWith(OTHER) && !BUILT_IN.has(mode);
  const named = [...(isNamed ? [mode] : []), ...endpoints.filter((key) => !BUILT_IN.has(key))];
  return [...new Set(named)].map((reference) => ({
    kind: 'network',
    reference,
    places: [
      ...(reference === mode ? [at('HostConfig', 'NetworkMode')] : []),
      ...(endpoints.includes(reference)
        ? [{ ...at('NetworkingConfig', 'EndpointsConfig', reference), isKey: true }]
        : []),
    ],
    with: same,
  }));
}

/** A source that is no path of the host is a volume (daemon/volume/mounts/linux_parser.go). */
function volumes(host: HostConfig): BodyReference[] {
  const binds = (host.Binds ?? [])
    .map((bind) => bind.split(':'))
    .flatMap(([source = '', ...rest]) => (rest.length === 0 ? [] : [source]))
    .filter((source) => source !== '' && !source.startsWith('/'));
  const mounts = (host.Mounts ?? [])
    .filter(({ Type, Source }) => Type === 'volume' && (Source ?? '') !== '')
    .map(({ Source }) => Source ?? '');
  return [...new Set([...binds, ...mounts])].map((reference) => ({
    kind: 'volume',
    reference,
    places: [],
    with: same,
  }));
}

/** Mounts of type `image`, as of API 1.48. */
function mountedImages(host: HostConfig): BodyReference[] {
  return (host.Mounts ?? []).flatMap(({ Type, Source }, index) =>
    Type === 'image'
      ? [whole('image', Source ?? '', ['HostConfig', 'Mounts', index, 'Source'])]
      : [],
  );
}

function whole(kind: BodyReference['kind'], reference: string, place: Place): BodyReference {
  return { kind, reference, places: [at(...place)], with: same };
}

function at(...place: Place): { readonly place: Place; readonly isKey: boolean } {
  return { place, isKey: false };
}

function same(reference: string): string {
  return reference;
}
