import type { Action } from '../../docker-api/effects.ts';
import { isCollective } from '../narrow.ts';
import { selectedBy } from '../rules.ts';
import { constraintsAsked, type Asked, type Within } from './asked.ts';

/** A call that was served, as a trail tells of it. */
export interface SeenCall {
  readonly user: string;
  /** SHA-256 of the public key of the outside CA that vouches for the user; undefined for our own. */
  readonly ca?: string | undefined;
  readonly action: Action;
  /** What it was about, as the caller named it; none where that is not known. */
  readonly names: readonly string[];
  /** The image of the container that it was about, where that is known. */
  readonly image?: string | undefined;
  /** The full id of that container, where it is known. */
  readonly container?: string | undefined;
  /** True for a create to which the daemon gave a name: the next one is called otherwise. */
  readonly isUnnamed?: boolean | undefined;
  /** What it asked for, where the trail tells. */
  readonly asked?: Asked | undefined;
}

/** Calls of one action, in sum. */
export interface Seen {
  /** The action, and whether it is about containers to which the daemon gave a name. */
  readonly key: string;
  readonly action: Action;
  readonly count: number;
  /** Undefined: any. */
  readonly names: readonly string[] | undefined;
  /** Of the containers, where their names say nothing. Undefined: any. */
  readonly images: readonly string[] | undefined;
  /** Within which its calls stayed, as far as that is told. */
  readonly within: Within;
  /** Whether the trail tells what they asked for. */
  readonly isTold: boolean;
}

export type Group<T> = readonly [T, ...T[]];

export function groupBy<T, K>(
  items: readonly T[],
  keyOf: (item: T) => K,
): ReadonlyMap<K, Group<T>> {
  const groups = new Map<K, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** More names than this are no selection. */
const FEW = 10;
const ID = /^(?:sha256:)?[0-9a-f]{12,64}$/;
/** What stands for itself in a pattern. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_./:@-]*$/;

/** These are about their object, and about the name that it is to have. */
const NAME_TWO: ReadonlySet<Action> = new Set<Action>(['container.rename', 'image.tag']);

/** An exec that may not be started may not be created, whether it came to that or not. */
export function withStarts(calls: readonly SeenCall[]): readonly SeenCall[] {
  const hasStarted = calls.some(({ action }) => action === 'exec.start');
  const created = calls.filter(({ action }) => action === 'exec.create');
  if (hasStarted || created.length === 0) return calls;
  return [
    ...calls,
    ...created.map((call) => ({ ...call, action: 'exec.start', asked: undefined }) as const),
  ];
}

/**
 * @param calls all of one key.
 * @param isInUnnamed whether a call is about a container to which the daemon gave a name.
 */
export function summary(
  key: string,
  calls: Group<SeenCall>,
  isInUnnamed: (call: SeenCall) => boolean,
): Seen {
  const [{ action }] = calls;
  const names = new Set(calls.flatMap((call) => call.names));
  const isSelectable =
    !isCollective(action) && action !== 'image.commit' && selectedBy(action).length === 1;
  const isNamed =
    isSelectable &&
    calls.every((call) => call.names.length >= (NAME_TWO.has(action) ? 2 : 1)) &&
    areFew(names) &&
    !calls.some(isInUnnamed);
  const asked = calls.map((call) => call.asked).filter((one) => one !== undefined);
  return {
    ...{ key, action },
    count: calls.length,
    names: isNamed ? [...names].sort() : undefined,
    images: isSelectable && !isNamed ? imagesOf(action, calls) : undefined,
    within: constraintsAsked(action, asked),
    isTold: asked.length === calls.length,
  };
}

/** A create says in its constraints which images it may have. */
function imagesOf(action: Action, calls: readonly SeenCall[]): readonly string[] | undefined {
  if (selectedBy(action)[0] !== 'containers' || action === 'container.create') return undefined;
  const images = new Set(calls.map(({ image }) => image ?? ''));
  return !NAME_TWO.has(action) && areFew(images) && ![...images].some((one) => one.includes('@'))
    ? [...images].sort()
    : undefined;
}

function areFew(names: ReadonlySet<string>): boolean {
  return names.size <= FEW && [...names].every((name) => NAME.test(name) && !ID.test(name));
}
