import { bare } from '../objects.ts';
import { matchContainerFacts } from '../selectors.ts';
import { quoted } from './common.ts';
import { report, type At, type Check } from './inspection.ts';
import type { Namespace } from './namespaces.ts';

/** A container whose namespaces, mounts or environment another one is to share. */
export function checkJoin(reference: string, at: At): void {
  const { joins } = at.on.constraints;
  const ref = bare(reference);
  const facts = at.on.factsOf({ kind: 'container', ref });
  const isSelected =
    joins !== undefined &&
    facts !== undefined &&
    facts.missing !== true &&
    matchContainerFacts(joins, facts) === 'yes';
  if (isSelected) return;
  const needed = '"constraints: joins" that selects that container';
  report(at, `joining the container ${quoted(ref)} is not allowed`, needed);
}

/** `container[:mode]` of VolumesFrom, `container[:alias]` of Links. */
export const joinedBefore: Check<string> = (text, at) => {
  checkJoin(beforeColon(text), at);
};

export function beforeColon(text: string): string {
  return text.replace(/:.*$/s, '');
}

const CONTAINER = /^container:(.*)$/s;

/** The container that a namespace mode joins; undefined where it joins none. */
export function joinedBy(mode: string): string | undefined {
  return CONTAINER.exec(mode)?.[1];
}

/**
 * A namespace mode: the harmless values, `host` and others where they are granted by name, and
 * `container:` where joins select it. The daemon compares exactly.
 */
export function namespaceMode(name: string, harmless: readonly string[]): Check<string> {
  return (mode, at) => {
    if (mode === '' || harmless.includes(mode)) return;
    const joined = joinedBy(mode);
    if (joined !== undefined) checkJoin(joined, at);
    else checkNamespace(`${name}=${mode}`, at);
  };
}

export function checkNamespace(namespace: string, at: At): void {
  if (at.on.constraints.hasNamespace(namespace as Namespace)) return;
  const needed = `"constraints: namespaces" with ${quoted(namespace)}`;
  report(at, `the namespace ${quoted(namespace)} is not allowed`, needed);
}
