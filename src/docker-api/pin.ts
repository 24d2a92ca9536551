import type { Operation } from './operation.ts';
import { pairs } from './query.ts';
import { encodePath } from './target.ts';

/**
 * The target that goes upstream once it is known which object a call means: the object's full id
 * stands where its name, or the beginning of its id, stood.
 *
 * @param id what the one object that the call names is to be called; a reference for an image.
 * @returns canonical path and query; undefined where the call names another kind of object, not
 * exactly one, or it elsewhere.
 */
export function pinnedTarget(operation: Operation, id: string): string | undefined {
  const { subject, target, action } = operation;
  const [name, ...others] = subject.names;
  if (name === undefined || others.length > 0) return undefined;
  // The container is in the query, and `containers` is not in the path.
  if (action === 'image.commit') {
    return targetText(target.path, withParameter(target.query, 'container', id));
  }
  // Without a tag, all of them are saved.
  const start = action === 'image.save' ? undefined : STARTS[subject.kind];
  if (start === undefined || !target.route.startsWith(`${start}${name}`)) return undefined;
  const version = target.version === undefined ? '' : `/v${target.version}`;
  const rest = target.route.slice(start.length + name.length);
  return targetText(encodePath(`${version}${start}${id}${rest}`), target.query);
}

/** The kinds whose objects can be called in a way that stays theirs, and where a path names them. */
const STARTS: Partial<Record<Operation['subject']['kind'], string>> = {
  container: '/containers/',
  exec: '/exec/',
  network: '/networks/',
  image: '/images/',
};

/**
 * A query in which a parameter has one value, ours: whatever was given under its name is taken out,
 * all else stays as it came.
 *
 * @param query raw, without `?`.
 */
export function withParameter(query: string, key: string, value: string): string {
  const kept = query.split('&').filter((pair) => {
    const [given] = pairs(pair);
    return given !== undefined && given[0] !== key;
  });
  return [...kept, `${key}=${encodeURIComponent(value)}`].join('&');
}

/** Path and query as one target. */
export function targetText(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`;
}
