import { readFilters } from '../docker-api/filters.ts';
import type { Operation } from '../docker-api/operation.ts';
import { targetText, withParameter } from '../docker-api/pin.ts';
import { CallError } from '../errors.ts';

/** Filters of which every value has to match (daemon filters, MatchKVList); of others any has. */
const ADD_UP: ReadonlySet<string> = new Set(['label', 'label!']);

/**
 * The target of a list, of events or of a prune with filters of ours besides those of the client.
 * They are written anew, as one parameter in the one form that every daemon reads.
 *
 * @param target as it would go upstream.
 * @param added filter → its values.
 * @throws CallError `POLICY_REFUSED` where the client gives a filter of ours with values of its
 * own: the daemon would take any of both for enough. `REQUEST_AMBIGUOUS` for filters that cannot be read.
 */
export function narrowedTarget(
  operation: Operation,
  target: string,
  added: Readonly<Record<string, readonly string[]>>,
): string {
  const filters = new Map(readFilters(operation.query));
  for (const [name, values] of Object.entries(added)) {
    // To the daemon a filter without values is none.
    if (values.length === 0) throw new Error(`the filter "${name}" has no values`);
    const given = filters.get(name) ?? new Set();
    filters.set(
      name,
      ADD_UP.has(name) ? new Set([...given, ...values]) : both(name, given, values),
    );
  }
  const [path = '', query = ''] = splitOnce(target);
  return targetText(path, withParameter(query, 'filters', write(filters)));
}

/** What the client asks for has to be among what it may see. */
function both(
  name: string,
  given: ReadonlySet<string>,
  allowed: readonly string[],
): ReadonlySet<string> {
  if (given.size === 0) return new Set(allowed);
  if ([...given].every((value) => allowed.includes(value))) return given;
  throw new CallError(
    'POLICY_REFUSED',
    `refused by policy: your view is narrowed by "${name}" already; leave that filter out`,
  );
}

function write(filters: ReadonlyMap<string, ReadonlySet<string>>): string {
  const fields = [...filters].map(([name, values]) => {
    const flags = [...values].map((value) => `${JSON.stringify(value)}:true`);
    return `${JSON.stringify(name)}:{${flags.join()}}`;
  });
  return `{${fields.join()}}`;
}

function splitOnce(target: string): readonly string[] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target] : [target.slice(0, mark), target.slice(mark + 1)];
}
