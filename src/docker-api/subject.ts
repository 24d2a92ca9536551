import type { Action } from './effects.ts';
import { outputNames } from './build-query.ts';
import { pulledReference, repoTagReference, withTag } from './image-reference.ts';
import type { Query } from './query.ts';

export type SubjectKind =
  | 'container'
  | 'exec'
  | 'image'
  | 'network'
  | 'volume'
  | 'service'
  | 'node'
  | 'task'
  | 'secret'
  | 'config'
  | 'plugin'
  | 'swarm'
  | 'system'
  | 'build'
  | 'none';

/** What a call is about. */
export interface Subject {
  readonly kind: SubjectKind;
  /**
   * Every object that path and query name, as the daemon reads it: a name, an id, or the beginning
   * of an id, which only the daemon can tell apart. Whoever judges a call judges all of them.
   *
   * Without a name, a call is about every object of its kind (lists, prune), about one that its
   * body names, or about one that the daemon makes up a name for. It is never about none, so a
   * rule for certain names must not match it. An empty name is one that the daemon was given empty.
   */
  readonly names: readonly string[];
}

/**
 * Where the query names the object, or takes part in it, as the handlers of moby
 * daemon/server/router/* read it. All other actions have their object in the path, or nowhere.
 */
const NAMED: Partial<
  Record<Action, (query: Query, inPath: readonly string[]) => readonly string[]>
> = {
  'container.create': (query) => given(query, 'name').map(bareContainerName),
  'image.commit': (query) => [bareContainerName(text(query, 'container'))],
  'image.save': (query, inPath) => (inPath.length > 0 ? inPath : query.all('names')),
  'image.pull': (query) => [pulledReference(text(query, 'fromImage'), text(query, 'tag'))],
  'image.import': (query) => {
    const reference = repoTagReference(text(query, 'repo'), text(query, 'tag'));
    return reference === undefined ? [] : [reference];
  },
  'image.push': (query, inPath) => inPath.map((name) => withTag(name, text(query, 'tag'))),
  // sanitizeRepoAndTags passes over empty ones.
  'image.build': (query) => [...query.all('t').filter((tag) => tag !== ''), ...outputNames(query)],
  'build.cancel': (query) => [text(query, 'id')],
  'plugin.install': (query) => [text(query, 'remote'), ...given(query, 'name')],
  'plugin.upgrade': (query, inPath) => [...inPath, text(query, 'remote')],
  'plugin.privileges': (query) => [text(query, 'remote')],
  'plugin.create': (query) => [text(query, 'name')],
};

/**
 * @param inPath the decoded name in the path; empty where the route has none.
 * @throws CallError `REQUEST_AMBIGUOUS` where a name in the query is no UTF-8, or cannot be read.
 */
export function readSubject(
  kind: SubjectKind,
  action: Action,
  query: Query,
  inPath: readonly string[],
): Subject {
  return { kind, names: NAMED[action]?.(query, inPath) ?? inPath };
}

/** Go's Form.Get: a missing value is an empty one. */
function text(query: Query, key: string): string {
  return query.first(key) ?? '';
}

function given(query: Query, key: string): readonly string[] {
  const value = text(query, key);
  return value === '' ? [] : [value];
}

/** `/web` and `web` are one name (daemon/names.go, daemon/container.go); `//web` is none. */
function bareContainerName(name: string): string {
  return name.replace(/^\/(?!\/)/, '');
}
