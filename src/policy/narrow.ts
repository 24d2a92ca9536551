import type { Action } from '../docker-api/effects.ts';
import { readFilters, type Filters } from '../docker-api/filters.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { Glob } from './glob.ts';
import { HUB, type ImagePattern } from './image-pattern.ts';
import type { ContainerSelector, Selectors } from './selectors.ts';

/** Filters to add, or why the daemon has none that would do. */
export type Narrowed =
  { readonly filters: Readonly<Record<string, readonly string[]>> } | { readonly because: string };

/** Calls about all objects of a kind, or of all kinds. */
const COLLECTIVE: ReadonlySet<Action> = new Set<Action>([
  'container.list',
  'container.prune',
  'image.list',
  'image.prune',
  'network.list',
  'network.prune',
  'volume.list',
  'volume.prune',
  'system.events',
  'system.df',
]);

export function isCollective(action: Action): boolean {
  return COLLECTIVE.has(action);
}

/**
 * The daemon's own filters that leave of a list, of events or of a prune only what some rule
 * selects (docs/policy.md has the table).
 *
 * @param rules the selectors of all rules that allow the call, of which none is without.
 */
export function narrowTo(rules: readonly Selectors[], operation: Operation): Narrowed {
  const { action, query } = operation;
  switch (action) {
    case 'container.list':
      return withOwn(containers(rules, true), readFilters(query));
    case 'container.prune':
      return withOwn(containers(rules, false), readFilters(query));
    case 'system.events':
      return withOwn(events(rules), readFilters(query));
    case 'network.list':
      return withOwn(names(rules, 'networks'), readFilters(query));
    case 'volume.list':
      return withOwn(names(rules, 'volumes'), readFilters(query));
    case 'image.list':
      // Before API 1.41 this is one more reference, an alternative to ours.
      if ((query.first('filter') ?? '') !== '') return { because: 'it comes with "filter"' };
      return withOwn(references(rules), readFilters(query));
    default:
      return { because: 'the daemon has no filter for it' };
  }
}

/** Filters whose values are alternatives: one of the caller's own would let more through. */
const ALTERNATIVES: ReadonlySet<string> = new Set(['name', 'reference', 'container', 'type']);

function withOwn(narrowed: Narrowed, own: Filters): Narrowed {
  if ('because' in narrowed) return narrowed;
  const filters: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(narrowed.filters)) {
    const given = [...(own.get(name) ?? [])];
    const isWithin = given.length > 0 && given.every((value) => values.includes(value));
    if (!ALTERNATIVES.has(name) || given.length === 0) filters[name] = values;
    else if (!isWithin) return { because: `the call has a filter "${name}" of its own` };
  }
  return { filters };
}

const NO_ALTERNATIVES = { because: 'the daemon cannot filter by alternatives of labels' };

/** Labels add up, names are alternatives, and images cannot be asked for. */
function containers(rules: readonly Selectors[], hasNames: boolean): Narrowed {
  const selectors = rules.map((rule) => rule.containers).filter((one) => one !== undefined);
  const [only] = selectors;
  if (only === undefined) return { because: 'the rules select no containers' };
  if (selectors.some((one) => one.images !== undefined)) {
    return { because: 'the daemon cannot filter by the image that a container was made of' };
  }
  if (selectors.length > 1 && selectors.some((one) => one.labels !== undefined)) {
    return NO_ALTERNATIVES;
  }
  const patterns = selectors.flatMap((one) => one.names ?? []);
  if (patterns.length > 0 && !hasNames) return { because: 'the daemon cannot prune by name' };
  const labels = labelFilters(only);
  if (labels === undefined) return { because: 'the daemon cannot filter by patterns of labels' };
  return {
    filters: {
      ...(patterns.length > 0 && { name: patterns.map((glob) => `^/?${regular(glob)}$`) }),
      ...(labels.length > 0 && { label: labels }),
    },
  };
}

/** `key=value`, or `key` for any value; undefined where that cannot be said. */
function labelFilters({ labels = [] }: ContainerSelector): readonly string[] | undefined {
  const filters: string[] = [];
  for (const [key, value] of labels) {
    if (key.includes('=')) return undefined;
    if (value.isLiteral) filters.push(`${key}=${value.source}`);
    else if (value.source === '*') filters.push(key);
    else return undefined;
  }
  return filters;
}

/** A name pattern as Go's regexp, which the daemon matches anywhere unless it is held. */
function regular(glob: Glob): string {
  return glob.source
    .replace(/[.+^$()[\]{}|\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
}

function names(rules: readonly Selectors[], kind: 'networks' | 'volumes'): Narrowed {
  const patterns = rules.flatMap((rule) => rule[kind] ?? []);
  if (patterns.length === 0) return { because: `the rules select no ${kind}` };
  return { filters: { name: patterns.map((glob) => `^${regular(glob)}$`) } };
}

/**
 * Events of containers. By name the daemon compares beginnings, and with ids too, so only a
 * beginning that is none of an id will do.
 */
function events(rules: readonly Selectors[]): Narrowed {
  const narrowed = containers(rules, true);
  if ('because' in narrowed) return narrowed;
  const { label } = narrowed.filters;
  const patterns = rules.flatMap((rule) => rule.containers?.names ?? []);
  const beginnings = patterns.map((glob) => /^([^*?]+)\*$/.exec(glob.source)?.[1]);
  const hasLooseLabel = label?.some((filter) => ATTRIBUTES.has(filter.replace(/=.*$/s, '')));
  if (hasLooseLabel === true) return { because: 'events have another value under that label' };
  if (!beginnings.every((text) => text !== undefined && /[^0-9a-f]/.test(text))) {
    return { because: 'the daemon filters events by the beginning of a name only ("web-*")' };
  }
  return {
    filters: {
      type: ['container'],
      ...(label && { label }),
      ...(beginnings.length > 0 && { container: beginnings as readonly string[] }),
    },
  };
}

/** What the daemon writes among the labels of an event (moby daemon/events.go). */
const ATTRIBUTES: ReadonlySet<string> = new Set(
  `name image exitCode signal execID execDuration container oldName comment imageID imageRef
  destination driver read/write propagation`.split(/\s+/),
);

/** How deep below a registry images are shown. */
const DEPTH = 6;

/**
 * Patterns of references in the form in which the daemon compares them: short names for Docker Hub,
 * and stars that stop at a slash.
 */
function references(rules: readonly Selectors[]): Narrowed {
  const filters: string[] = [];
  for (const pattern of rules.flatMap((rule) => rule.images ?? [])) {
    const shown = familiar(pattern);
    if (shown === undefined) {
      return { because: `the daemon cannot filter by the pattern "${pattern.source}"` };
    }
    filters.push(...shown);
  }
  return filters.length === 0
    ? { because: 'the rules select no images' }
    : { filters: { reference: filters } };
}

function familiar({ repository: { source }, tag }: ImagePattern): readonly string[] | undefined {
  const rest = source.startsWith(`${HUB}/library/`)
    ? source.slice(`${HUB}/library/`.length)
    : source.replace(new RegExp(`^${HUB.replace('.', '\\.')}/`), '');
  // Of a name on Docker Hub the daemon compares the short form, where a star may be a registry.
  if (source.startsWith(`${HUB}/`) && /^[^/]*[*?][^/]*\//.test(rest)) return undefined;
  const isOpen = rest.endsWith('/**');
  const stem = isOpen ? rest.slice(0, -'/**'.length) : rest;
  if (stem.includes('**')) return undefined;
  const suffix = tag === undefined ? '' : `:${tag.source.replace(/\*+/g, '*')}`;
  if (!isOpen) return [`${stem}${suffix}`];
  return Array.from({ length: DEPTH }, (_, at) => `${stem}${'/*'.repeat(at + 1)}${suffix}`);
}
