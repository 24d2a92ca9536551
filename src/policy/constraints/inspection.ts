import type { ApiVersion } from '../../docker-api/version.ts';
import type { FactsOf } from '../selectors.ts';
import type { ResolveHostPath } from '../types.ts';
import type { Constraints } from './constraints.ts';

/** Something that a call asks for and its role may not have. */
export interface Violation {
  /** `HostConfig.Binds[0]`, or the name of a parameter. */
  readonly field: string;
  readonly what: string;
  /** What the policy would have to say. */
  readonly needed: string;
}

/** One reading of what a call asks for, against the constraints of one role. */
export interface Inspection {
  readonly constraints: Constraints;
  /** API version in the path; undefined where there is none. */
  readonly version: ApiVersion | undefined;
  readonly factsOf: FactsOf;
  readonly resolveHostPath: ResolveHostPath;
  readonly violations: Violation[];
}

/** A place in a body. */
export interface At {
  readonly path: string;
  readonly on: Inspection;
}

/** Looks at one value that is there, and reports what is wrong with it. */
export type Check<V> = (value: V, at: At) => void;

export function report({ path, on }: At, what: string, needed: string): void {
  on.violations.push({ field: path, what, needed });
}

/** The place of a field. */
export function inside({ path, on }: At, name: string): At {
  return { path: path === '' ? name : `${path}.${name}`, on };
}

/** A check for each field that a view can have: one that is forgotten does not compile. */
export type FieldChecks<V> = { readonly [K in keyof V]-?: Check<NonNullable<V[K]>> };

/** A struct. A field that is in the view and not in the table is refused: this is an allow-list. */
export function fields<V extends object>(checks: FieldChecks<V>): Check<V> {
  const table = new Map(Object.entries(checks) as [string, Check<unknown>][]);
  return (view, at) => {
    for (const [name, value] of Object.entries(view) as [string, unknown][]) {
      if (value === undefined || value === null) continue;
      const check = table.get(name);
      if (check === undefined) unknownField(inside(at, name));
      else check(value, inside(at, name));
    }
  };
}

export function unknownField(at: At): void {
  report(at, 'no rule knows this field', 'a role with "unconstrained: true"');
}

/** Every element of a list; what was null in it is as good as not there. */
export function each<E>(check: Check<E>): Check<readonly (E | null)[]> {
  return (list, { path, on }) => {
    for (const [index, value] of list.entries()) {
      if (value !== null) check(value, { path: `${path}[${index}]`, on });
    }
  };
}

/** Anything goes: no power comes with it. */
export const free: Check<unknown> = () => undefined;

/** True for Go's zero value, and for lists and maps of nothing. */
export function isZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === false || value === 0 || value === '';
}

/** Nothing but the zero value. */
export function unless(allowed: (on: Inspection) => boolean, needed: string): Check<unknown> {
  return (value, at) => {
    if (!isZero(value) && !allowed(at.on)) report(at, 'it may not be set', needed);
  };
}

/** Never, for a constrained role. */
export const never: Check<unknown> = unless(() => false, 'a role with "unconstrained: true"');
