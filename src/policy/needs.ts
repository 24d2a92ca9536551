import { isBodyAction } from '../docker-api/body/bodies.ts';
import type { Operation } from '../docker-api/operation.ts';
import { isBodyConstrained, isConstrained } from './constraints/inspect.ts';
import { constraintReferences } from './constraints/references.ts';
import { mayBeImageId } from './image-pattern.ts';
import { isCollective } from './narrow.ts';
import { objectsOf, type CallObject } from './objects.ts';
import type { Role } from './roles.ts';
import type { Rule } from './rules.ts';
import { SELECTOR_OF } from './selectors.ts';
import type { Needs, Question, Reference } from './types.ts';

/** What of a call has to be known before decide.ts can judge it. */
export function needsFor(roles: readonly Role[], { action }: Operation): Needs {
  const denials = roles.flatMap((role) => role.deny.get(action));
  if (denials.some((rule) => rule.selectors === undefined) && !someWarn(roles)) return NOTHING;
  const grants = roles.flatMap((role) => role.allow.get(action));
  const isSelecting = denials.some((rule) => rule.selectors !== undefined);
  const isFree = grants.some(
    (grant) =>
      grant.selectors === undefined && (grant.constraints === undefined || !isConstrained(action)),
  );
  if (isFree && !isSelecting) return NOTHING;
  // A warning waives what a policy says, not that a body can be read in one way only.
  const isRead = someWarn(roles) && isBodyAction(action);
  if (grants.length === 0 && !isSelecting) return isRead ? { body: true, facts: false } : NOTHING;
  const selects = isSelecting || grants.some((grant) => grant.selectors !== undefined);
  const constrains = grants.some((grant) => grant.constraints !== undefined);
  return {
    body:
      isRead || (constrains && isBodyConstrained(action)) || (selects && BODY_NAMES.has(action)),
    facts: !isCollective(action) && (selects || (constrains && CONSTRAINED_BY_FACTS.has(action))),
  };
}

/** Those of an action are the same for all who have these roles. */
const needs = new WeakMap<readonly Role[], Map<string, Needs>>();

/** As `needsFor`, which is asked once for each action. @param roles the same list for the same roles, as a rule. */
export function knownNeeds(roles: readonly Role[], operation: Operation): Needs {
  let ofActions = needs.get(roles);
  if (ofActions === undefined) needs.set(roles, (ofActions = new Map<string, Needs>()));
  let known = ofActions.get(operation.action);
  if (known === undefined) {
    known = needsFor(roles, operation);
    ofActions.set(operation.action, known);
  }
  return known;
}

const NOTHING: Needs = { body: false, facts: false };

function someWarn(roles: readonly Role[]): boolean {
  return roles.some((role) => role.warnsOnly);
}

/** Whose objects stand in the body. */
const BODY_NAMES: ReadonlySet<string> = new Set([
  'container.create',
  'network.create',
  'network.connect',
  'network.disconnect',
  'volume.create',
]);

/** Whose constraints look at other objects. */
const CONSTRAINED_BY_FACTS: ReadonlySet<string> = new Set([
  'container.create',
  'image.build',
  'image.tag',
  'network.connect',
  'service.create',
  'service.update',
]);

/** The objects that decide.ts has to know. */
export function referencesFor(
  roles: readonly Role[],
  { operation, body }: Pick<Question, 'operation' | 'body'>,
): readonly Reference[] {
  const { action } = operation;
  if (!needsFor(roles, operation).facts) return [];
  const rules: readonly Rule[] = roles.flatMap((role) => [
    ...role.deny.get(action),
    ...role.allow.get(action),
  ]);
  const kinds = new Set(rules.flatMap((rule) => Object.keys(rule.selectors ?? {})));
  const own = objectsOf(operation, body)
    .filter((object) => kinds.has(SELECTOR_OF[object.kind]) && isAsked(object))
    .map(({ kind, ref, from }): Reference => ({ kind, ref, from }));
  const held = roles
    .flatMap((role) => role.allow.get(action))
    .flatMap(({ constraints }) =>
      constraints === undefined ? [] : constraintReferences(constraints, operation, body),
    );
  return unique([...own, ...held]);
}

/** The daemon knows nothing of what the call itself makes, and no more of a volume than its name. */
function isAsked(object: CallObject): boolean {
  const { kind, made, isRenaming, isLookedUp, ref } = object;
  if (made !== undefined || isRenaming === true || kind === 'volume' || ref === '') return false;
  return kind !== 'image' || (isLookedUp === true && mayBeImageId(ref));
}

function unique(references: readonly Reference[]): readonly Reference[] {
  const seen = new Map<string, Reference>();
  for (const reference of references) {
    const key = `${reference.kind}\0${reference.ref}`;
    if (!seen.has(key)) seen.set(key, reference);
  }
  return [...seen.values()];
}
