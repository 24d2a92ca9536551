import { EFFECTS, type Action } from '../../docker-api/effects.ts';
import type { Grant } from '../rules.ts';
import { actsEverywhere, isAboutEveryImage, isEveryName } from './everything.ts';
import type { Finding } from './review.ts';
import { listed } from './words.ts';

/** Grants that are more together than each by itself. */
export type Combination = Pick<Finding, 'kind' | 'message'>;

/** @param grants all that somebody has, from whichever roles, without what is denied. */
export function* combinations(grants: readonly Grant[]): Generator<Combination> {
  yield* renamed(grants);
  yield* replaced(grants);
}

/** Who may give any container any name may do to it whatever is allowed by name. */
function* renamed(grants: readonly Grant[]): Generator<Combination> {
  const renames = (grant: Grant): boolean =>
    grant.actions.includes('container.rename') && actsEverywhere(grant.selectors);
  if (!grants.some(renames)) return;
  const inside = grants.filter(isByName).flatMap(({ actions }) => actions.filter(actsInside));
  if (inside.length === 0) return;
  const message = `container.rename of every container, and ${listed([...new Set(inside)])} by name: any container can be given such a name`;
  yield { kind: 'root', message };
}

function isByName({ selectors }: Grant): boolean {
  const names = selectors?.containers?.names;
  return names !== undefined && !names.some(({ source }) => isEveryName(source));
}

function actsInside(action: Action): boolean {
  return EFFECTS[action] === 'exec';
}

/** These put an image of the caller's own making under a name. */
const NAMING: ReadonlySet<Action> = new Set<Action>([
  'image.tag',
  'image.load',
  'image.import',
  'image.commit',
  'image.build',
]);

/** What others run next under that name, with whatever power they give it, is another image. */
function* replaced(grants: readonly Grant[]): Generator<Combination> {
  const free = grants.filter(
    ({ selectors, constraints }) =>
      isAboutEveryImage(selectors) && constraints?.images === undefined,
  );
  const naming = new Set(free.flatMap(({ actions }) => actions.filter((one) => NAMING.has(one))));
  if (naming.size === 0) return;
  const message = `${listed([...naming])} under every name: whoever runs that name next runs another image; "constraints: images" holds them`;
  yield { kind: 'coarse', message };
}
