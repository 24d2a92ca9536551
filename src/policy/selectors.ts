import { mayBeImageId, readImageName, type ImageName, type ImagePattern } from './image-pattern.ts';
import { matchesAny, type Glob } from './glob.ts';
import type { CallObject } from './objects.ts';
import type { TargetFacts } from './types.ts';

/** Which containers: what is given has to hold altogether; the names are alternatives, as are images. */
export interface ContainerSelector {
  readonly names?: readonly Glob[] | undefined;
  readonly labels?: readonly (readonly [key: string, value: Glob])[] | undefined;
  readonly images?: readonly ImagePattern[] | undefined;
}

/** Which objects a rule is about, by kind. */
export interface Selectors {
  readonly containers?: ContainerSelector | undefined;
  readonly images?: readonly ImagePattern[] | undefined;
  readonly networks?: readonly Glob[] | undefined;
  readonly volumes?: readonly Glob[] | undefined;
}

/**
 * Whether a selector selects an object; `unknown` where too little is known of it, `indifferent`
 * where the selector goes by something that this part of the call does not change.
 */
export type Match = 'yes' | 'no' | 'unknown' | 'indifferent';

/** What the daemon says of an object; undefined where nobody asked it. */
export type FactsOf = (object: Pick<CallObject, 'kind' | 'ref'>) => TargetFacts | undefined;

/**
 * Whether a rule that allows selects what a call is about: all of it, and something. What the rule
 * says nothing of is not selected, and neither is what is not known.
 */
export function selectsAll(
  selectors: Selectors,
  objects: readonly CallObject[],
  factsOf: FactsOf,
): boolean {
  const matches = objects.map((object) => matchObject(selectors, object, factsOf));
  return matches.includes('yes') && matches.every((m) => m === 'yes' || m === 'indifferent');
}

/**
 * Whether a rule that forbids selects what a call is about: for each kind that the rule selects by,
 * some object of it. What is not known is selected.
 */
export function selectsAny(
  selectors: Selectors,
  objects: readonly CallObject[],
  factsOf: FactsOf,
): boolean {
  const kinds = Object.keys(selectors) as (keyof Selectors)[];
  return kinds.every((kind) =>
    objects.some((object) => {
      if (SELECTOR_OF[object.kind] !== kind) return false;
      const match = matchObject(selectors, object, factsOf);
      return match === 'yes' || match === 'unknown';
    }),
  );
}

/** The name that rules go by; undefined where that is not known, or there is more than one. */
export function nameOf(object: CallObject | undefined, factsOf: FactsOf): string | undefined {
  if (object === undefined || object.kind === 'image') return undefined;
  if (object.kind === 'volume') return object.ref;
  const facts = object.made ?? factsOf(object);
  return facts?.missing === true ? object.ref : facts?.name;
}

/** By what an object is selected. */
export const SELECTOR_OF = {
  container: 'containers',
  exec: 'containers',
  image: 'images',
  network: 'networks',
  volume: 'volumes',
} as const satisfies Record<CallObject['kind'], keyof Selectors>;

function matchObject(selectors: Selectors, object: CallObject, factsOf: FactsOf): Match {
  const { containers, images, networks, volumes } = selectors;
  switch (object.kind) {
    case 'container':
    case 'exec':
      return containers === undefined ? 'no' : matchContainer(containers, object, factsOf);
    case 'image':
      return images === undefined ? 'no' : matchImage(images, object, factsOf);
    case 'network':
      return networks === undefined ? 'no' : matchNetwork(networks, object, factsOf);
    case 'volume':
      // A volume has no id: its name is all there is.
      return yesOrNo(volumes !== undefined && matchesAny(volumes, object.ref));
  }
}

function yesOrNo(matches: boolean): Match {
  return matches ? 'yes' : 'no';
}

function matchContainer(selector: ContainerSelector, object: CallObject, factsOf: FactsOf): Match {
  if (object.isRenaming === true) {
    return selector.names === undefined
      ? 'indifferent'
      : yesOrNo(matchesAny(selector.names, object.ref));
  }
  const facts = object.made ?? factsOf(object);
  if (facts === undefined) return 'unknown';
  if (facts.missing === true) {
    // The daemon will say that it is not there; a name that is selected may be asked for.
    const { names, labels, images } = selector;
    const isByName = names !== undefined && labels === undefined && images === undefined;
    return yesOrNo(isByName && matchesAny(names, object.ref));
  }
  return matchContainerFacts(selector, facts);
}

/** Whether a container that the daemon told of is selected. */
export function matchContainerFacts(
  { names, labels, images }: ContainerSelector,
  facts: TargetFacts,
): Match {
  if (names !== undefined && !matchesAny(names, facts.name ?? '')) return 'no';
  if (labels?.some(([key, value]) => !hasLabel(facts, key, value)) === true) return 'no';
  if (images === undefined) return 'yes';
  const reference = facts.image ?? '';
  if (mayBeImageId(reference)) return 'unknown';
  const image = readImageName(reference);
  return yesOrNo(image !== undefined && images.some((pattern) => pattern.matches(tagged(image))));
}

function hasLabel({ labels = {} }: TargetFacts, key: string, value: Glob): boolean {
  return Object.hasOwn(labels, key) && value.matches(String(labels[key]));
}

/** Without tag and digest, `latest` is meant. */
export function tagged(image: ImageName): ImageName {
  return image.tag === undefined && image.digest === undefined
    ? { ...image, tag: 'latest' }
    : image;
}

function matchImage(
  patterns: readonly ImagePattern[],
  object: CallObject,
  factsOf: FactsOf,
): Match {
  if (object.isLookedUp === true && mayBeImageId(object.ref)) {
    const facts = factsOf(object);
    if (facts === undefined) return 'unknown';
    if (facts.missing !== true) return matchImageNames(patterns, facts.names ?? []);
  }
  const image = readImageName(object.ref);
  // The daemon might read what we cannot.
  if (image === undefined) return 'unknown';
  const { tag, digest } = image;
  const isEveryTag = object.isEveryTag === true && tag === undefined && digest === undefined;
  if (isEveryTag) return matchEveryTag(patterns, image);
  return yesOrNo(patterns.some((pattern) => pattern.matches(tagged(image))));
}

/** All tags of a repository: where a pattern has a tag, some may be selected and some may not. */
function matchEveryTag(patterns: readonly ImagePattern[], image: ImageName): Match {
  if (patterns.some((pattern) => pattern.matches(image))) return 'yes';
  const isInPart = patterns.some(({ repository }) => repository.matches(image.repository));
  return isInPart ? 'unknown' : 'no';
}

/** An image that is named by its id has all of its names: in doubt it is both in and out. */
function matchImageNames(patterns: readonly ImagePattern[], names: readonly string[]): Match {
  const matches = names.map((name) => {
    const image = readImageName(name);
    return image !== undefined && patterns.some((pattern) => pattern.matches(image));
  });
  if (matches.length > 0 && matches.every(Boolean)) return 'yes';
  return matches.length === 0 || matches.some(Boolean) ? 'unknown' : 'no';
}

function matchNetwork(names: readonly Glob[], object: CallObject, factsOf: FactsOf): Match {
  const facts = object.made ?? factsOf(object);
  if (facts === undefined) return 'unknown';
  return yesOrNo(matchesAny(names, facts.missing === true ? object.ref : (facts.name ?? '')));
}
